// Boost.Beast and Boost.URL, compiled once for the whole program; Debian's headers allow it, so no library is linked.
#include <boost/beast/src.hpp>
#include <boost/url/src.hpp>
