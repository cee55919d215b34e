"""OpenStack Swift with its S3 interface in one process: what object_store.py starts. It is the storage of real clouds
and checks what S3 checks: the signature of each request, the hash of each body, how far the clocks are apart."""

import os
import signal
import sys

import eventlet

eventlet.monkey_patch()

from eventlet import wsgi  # noqa: E402
from swift.account.server import AccountController  # noqa: E402
from swift.common import storage_policy, utils  # noqa: E402
from swift.common.middleware import catch_errors, listing_formats, tempauth  # noqa: E402
from swift.common.middleware.s3api import s3api  # noqa: E402
from swift.common.ring import Ring, RingBuilder  # noqa: E402
from swift.container.server import ContainerController  # noqa: E402
from swift.obj.server import ObjectController  # noqa: E402
from swift.proxy.server import Application  # noqa: E402

PART_POWER = 2


class Cache:
    """In place of memcached."""

    def __init__(self):
        self.values = {}

    def get(self, key, **_):
        return self.values.get(key)

    def set(self, key, value, **_):
        self.values[key] = value

    def delete(self, key, **_):
        self.values.pop(key, None)

    def incr(self, key, delta=1, **_):
        self.values[key] = self.values.get(key, 0) + delta
        return self.values[key]


class WithCache:
    def __init__(self, application):
        self.application, self.cache = application, Cache()

    def __call__(self, environment, start_response):
        environment["swift.cache"] = self.cache
        return self.application(environment, start_response)


def write_ring(folder, name, port):
    """One device, one replica."""
    builder = RingBuilder(PART_POWER, 1, 0)
    place = {"ip": "127.0.0.1", "port": port, "replication_ip": "127.0.0.1", "replication_port": port}
    builder.add_dev({"id": 0, "region": 1, "zone": 1, "device": "disk", "weight": 1.0, **place})
    builder.rebalance(seed="lupaus")
    builder.get_ring().save(os.path.join(folder, name + ".ring.gz"))


def listen():
    socket = eventlet.listen(("127.0.0.1", 0))
    return socket, socket.getsockname()[1]


def serve(socket, application):
    with open(os.devnull, "w", encoding="ascii") as nowhere:
        wsgi.server(socket, application, log=nowhere, keepalive=True)


def make_proxy(options, folder, user, password):
    logger = utils.get_logger(options, log_route="proxy")
    rings = {f"{name}_ring": Ring(folder, ring_name=name) for name in ("account", "container")}
    proxy = Application({**options, "account_autocreate": "true"}, logger=logger, **rings)
    account, name = user.split(":")
    for factory, more in (
        (listing_formats.filter_factory, {}),
        (tempauth.filter_factory, {f"user_{account}_{name}": f"{password} .admin"}),
        (s3api.filter_factory, {"s3_acl": "false", "auth_pipeline_check": "false", "location": "us-east-1"}),
        (catch_errors.filter_factory, {}),
    ):
        proxy = factory({**options, **more})(proxy)
    return WithCache(proxy)


def main(folder, port, user, password):
    with open(os.path.join(folder, "swift.conf"), "w", encoding="ascii") as file:
        file.write("[swift-hash]\nswift_hash_path_suffix = lupaus\n")
    os.makedirs(os.path.join(folder, "disks", "disk"), exist_ok=True)
    utils.SWIFT_CONF_FILE = os.path.join(folder, "swift.conf")
    utils.validate_hash_conf()
    storage_policy.reload_storage_policies()
    options = {
        "swift_dir": folder,
        "devices": os.path.join(folder, "disks"),
        "mount_check": "false",
        "log_level": "WARNING",
        "disable_fallocate": "true",
    }
    servers = (("account", AccountController), ("container", ContainerController), ("object", ObjectController))
    for name, controller in servers:
        socket, its_port = listen()
        write_ring(folder, name, its_port)
        eventlet.spawn(serve, socket, controller({**options}, utils.get_logger(options, log_route=name)))
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    serve(eventlet.listen(("127.0.0.1", int(port))), make_proxy(options, folder, user, password))


main(*sys.argv[1:])
