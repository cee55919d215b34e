"""A TCP gate between the program and its PostgreSQL, or its callers: passes bytes on, late, in crumbs, or not at all;
resets connections, refuses them, or falls silent without closing any. Runs in a thread of its own."""

import asyncio
import contextlib
import socket
import struct
import threading

import program

CHUNK_BYTES = 64 * 1024
CRUMBS_AT_ONCE = 64  # bytes between two looks at the other connections
CALL_WAIT_S = 10
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: what is closed so ends with RST instead of FIN


class Link:
    """A connection of the program and the one to the server that belongs to it, from its beginning to its end."""

    def __init__(self, gate, near):
        self.gate, self.near, self.far = gate, near, None
        self.is_silent, self.is_reset, self.is_doubtful = gate.is_silent, False, False
        self.task = gate.loop.create_task(self.run())

    async def run(self):
        flows = []
        try:
            if not self.is_silent:
                self.far = await self.gate.reach()
                flows = self.flow(self.near, self.far, 0) + self.flow(self.far, self.near, 1)
                await asyncio.wait(flows[1::2], return_when=asyncio.FIRST_COMPLETED)
            if self.is_silent:
                await asyncio.Event().wait()  # until it is cut
        except OSError:
            pass  # the server takes nobody
        finally:
            await self.close(flows)

    async def close(self, flows):
        """A socket is closed when nobody waits for it any more: the next one may get its number."""
        for flow in flows:
            flow.cancel()
        if flows:
            await asyncio.wait(flows)
        for one in filter(None, (self.near, self.far)):
            if self.is_reset:
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            one.close()
        self.gate.links.discard(self)

    def flow(self, source, sink, is_answer):
        """One direction, as a reader and a writer: what is late must not hold up what comes behind it."""
        chunks = asyncio.Queue()
        return [
            self.gate.loop.create_task(self.read(source, chunks, is_answer)),
            self.gate.loop.create_task(self.write(sink, chunks, is_answer)),
        ]

    async def read(self, source, chunks, is_answer):
        with contextlib.suppress(OSError):
            while chunk := await self.gate.loop.sock_recv(source, CHUNK_BYTES):
                chunks.put_nowait((self.gate.loop.time() + self.gate.late_s * is_answer, chunk))
        chunks.put_nowait((0, None))

    async def write(self, sink, chunks, is_answer):
        with contextlib.suppress(OSError):
            while True:
                at, chunk = await chunks.get()
                if chunk is None:
                    return
                await asyncio.sleep(max(0, at - self.gate.loop.time()))
                if is_answer and self.is_doubtful:
                    self.is_reset = True
                    return
                self.is_doubtful = not is_answer and self.gate.is_doubtful(chunk)
                if not self.is_silent:
                    await self.gate.send(sink, chunk)


class Gate:
    def __init__(self, target):
        self.target = target
        [self.port] = program.free_ports(1)
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.links, self.listening = set(), None
        self.opened = self.silenced = self.cut = 0  # links so far
        self.crumbs = 0  # bytes that travelled alone
        self.commits = self.doubts = 0  # asked for, and of those the ones whose answer was swallowed
        self.late_s, self.in_crumbs, self.is_silent, self.doubt_every = 0, False, False, 0

    # ---- moods, from any thread

    def delay(self, seconds):
        """Every answer of the server comes so much later."""
        self.call(self.set_mood(late_s=seconds))

    def slice(self):
        """Every byte travels alone, in both directions."""
        self.call(self.set_mood(in_crumbs=True))

    def reset(self):
        """Breaks all that are open; new ones pass."""
        self.call(self.cut_links())

    def refuse(self):
        """Breaks all that are open and takes no new one."""
        self.call(self.stop_listening())
        self.call(self.cut_links())

    def doubt(self, every):
        """One commit in so many is done by the server, and its connection breaks before anybody hears of it."""
        self.call(self.set_mood(doubt_every=every))

    def fall_silent(self):
        """What is open stays open at both ends and nothing travels any more, not even the news of an end: neither
        now nor after heal(). New ones are taken and fare the same until then."""
        self.call(self.silence_links())

    def heal(self):
        self.call(self.set_mood(late_s=0, in_crumbs=False, is_silent=False, doubt_every=0))
        self.call(self.listen())

    # ---- the rest runs in the loop

    def call(self, work):
        asyncio.run_coroutine_threadsafe(work, self.loop).result(CALL_WAIT_S)

    async def set_mood(self, **mood):
        for name, value in mood.items():
            setattr(self, name, value)

    async def listen(self):
        if self.listening is None:
            one = socket.socket()
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            one.bind(("127.0.0.1", self.port))
            one.listen(128)
            one.setblocking(False)
            self.listening = self.loop.create_task(self.accept(one))

    async def stop_listening(self):
        if self.listening is not None:
            self.listening.cancel()
            await asyncio.wait([self.listening])
        self.listening = None

    async def accept(self, listener):
        with listener:
            while True:
                near, _ = await self.loop.sock_accept(listener)
                near.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.opened += 1
                self.silenced += self.is_silent
                self.links.add(Link(self, near))

    async def reach(self):
        far = socket.socket()
        far.setblocking(False)
        far.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            await self.loop.sock_connect(far, ("127.0.0.1", self.target))
        except OSError:
            far.close()
            raise
        return far

    def is_doubtful(self, chunk):
        if not self.doubt_every or b"COMMIT" not in chunk:
            return False
        self.commits += 1
        is_next = self.commits % self.doubt_every == 0
        self.doubts += is_next
        return is_next

    async def send(self, sink, chunk):
        if not self.in_crumbs:
            await self.loop.sock_sendall(sink, chunk)
            return
        for place in range(len(chunk)):
            await self.loop.sock_sendall(sink, chunk[place : place + 1])
            self.crumbs += 1
            if place % CRUMBS_AT_ONCE == 0:
                await asyncio.sleep(0)

    async def cut_links(self):
        tasks = [link.task for link in self.links]
        self.cut += len(tasks)
        for link in list(self.links):
            link.is_reset = True
            link.task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def silence_links(self):
        self.is_silent = True
        self.silenced += len(self.links)
        for link in self.links:
            link.is_silent = True


@contextlib.contextmanager
def running_gate(target):
    gate = Gate(target)
    gate.thread.start()
    gate.heal()
    try:
        yield gate
    finally:
        gate.refuse()
        gate.loop.call_soon_threadsafe(gate.loop.stop)
        gate.thread.join(CALL_WAIT_S)
        gate.loop.close()


class GatedCluster(program.Cluster):
    """The same server, for the program behind a gate; tests look at it directly."""

    def __init__(self, gate):
        super().__init__()
        self.gate, self.direct = gate, program.Cluster()
        self.settings["PGPORT"] = str(gate.port)

    def connect(self, role, database):
        return self.direct.connect(role, database)

    def drop_database(self, name):
        self.gate.reset()  # the server knows nothing of the end of what fell silent
        super().drop_database(name)
