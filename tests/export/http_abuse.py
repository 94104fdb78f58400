#!/usr/bin/python3
"""http_abuse: what nobody should do to a server, done to one, while it is watched.

usage: http_abuse.py PORT VIEWERS_SOCKET DELAY [COUNT SECONDS]

With COUNT and SECONDS it only keeps so many half heads open for so long, and prints one line: how
many hung on in the mean, and by how much the latest sample was late. For tests/bench/exporter.

Prints ok and not ok lines. Slow heads, bytes that drip, readers that do not read, heads without end,
pipelining, ten thousand connections; meanwhile a scraper keeps its connection and the samples' beat
is taken from the viewers' socket. At most a minute.
"""
import http.client
import multiprocessing
import os
import resource
import select
import socket
import struct
import sys
import threading
import time

PORT, VIEWERS, DELAY = int(sys.argv[1]), sys.argv[2], float(sys.argv[3])
LATE_MOST = 0.050
# Where more wants to run than there are cores, a sample waits for its turn whoever serves whom.
LATE_BUSY = 0.300


def report(ok, name, detail=""):
    print(("ok " if ok else "not ok ") + name, flush=True)
    if not ok and detail:
        print("    " + str(detail), flush=True)


def connect(source=None, rcvbuf=None):
    s = socket.socket()
    if rcvbuf:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, rcvbuf)
    s.settimeout(10)
    if source:
        s.bind((source, 0))
    s.connect(("127.0.0.1", PORT))
    return s


def address(n):
    return f"127.{1 + n // 60000}.{(n // 250) % 240}.{1 + n % 250}"


def ended(s, timeout):
    """Read until the end; what came, or None when it did not end in time."""
    data, until = b"", time.monotonic() + timeout
    while True:
        left = until - time.monotonic()
        if left <= 0:
            return None
        s.settimeout(left)
        try:
            part = s.recv(65536)
        except socket.timeout:
            return None
        except OSError:
            return data
        if not part:
            return data
        data += part


def watch_beat(pipe):
    """Arrival of each frame at the viewers' socket, until told to stop."""
    try:
        os.nice(-10)  # this machine may be busy: it is not our own delay that is to be measured
    except OSError:
        pass
    s = socket.socket(socket.AF_UNIX)
    s.connect(VIEWERS)
    times, buffered = [], b""
    while not pipe.poll():
        if not select.select([s], [], [], 0.2)[0]:
            continue
        buffered += s.recv(1 << 20)
        now = time.monotonic()
        while len(buffered) >= 20:
            end = 20 + struct.unpack_from("<I", buffered, 8)[0]
            if len(buffered) < end:
                break
            buffered = buffered[end:]
            times.append(now)
    pipe.send(times)


class Scraper(threading.Thread):
    """One connection, kept, as Prometheus does."""

    def __init__(self):
        super().__init__(daemon=True)
        self.stop, self.times, self.wrong = False, [], []

    def run(self):
        c = http.client.HTTPConnection("127.0.0.1", PORT, timeout=10)
        while not self.stop:
            start = time.monotonic()
            try:
                c.request("GET", "/metrics")
                r = c.getresponse()
                body = r.read()
                if r.status != 200 or b"\nxen_up 1\n" not in body:
                    self.wrong.append(r.status)
            except Exception as e:  # whatever it is, it should not have happened
                self.wrong.append(repr(e))
                c.close()
            self.times.append(time.monotonic() - start)
            time.sleep(0.05)


def slow_heads():
    begun = time.monotonic()
    socks = [connect(address(n)) for n in range(300)]
    for s in socks:
        s.sendall(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
    silent = [connect(address(1000 + n)) for n in range(50)]
    alive = [s for s in socks + silent if ended(s, begun + 7 - time.monotonic()) is None]
    report(not alive, "350 half heads are cut within 7 s", f"{len(alive)} are still there")


def dripping():
    """A byte every 0.4 s: never idle, never done. Some after a whole request on the connection."""
    begun = time.monotonic()
    fresh = [connect(address(2000 + n)) for n in range(40)]
    kept = [connect(address(2100 + n)) for n in range(40)]
    for s in kept:
        s.sendall(b"GET /-/healthy HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b"200 OK" in s.recv(4096)
    open_, head = fresh + kept, b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nX-Drip: " + b"a" * 1000
    for byte in head:
        still = []
        for s in open_:
            try:
                s.send(bytes([byte]))
                if select.select([s], [], [], 0)[0] and not s.recv(4096):
                    continue
                still.append(s)
            except OSError:
                pass
        open_ = still
        if not open_ or time.monotonic() - begun > 8:
            break
        time.sleep(0.4)
    took = time.monotonic() - begun
    report(not open_, f"80 heads that drip are cut (after {took:.1f} s)", f"{len(open_)} still there")


def large_heads():
    s = connect(address(3000))
    try:
        s.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X-Large: " + b"a" * 1000000)
    except OSError:
        pass
    got = ended(s, 7)
    report(got is not None and (not got or got.split()[1] in (b"431", b"413", b"400")),
           "a head of 1 MB is refused", got)
    for name, target, wanted in (
            ("a path of 3000 bytes", b"/" + b"a" * 3000, b"414"),
            ("100 parameters", b"/?" + b"&".join(b"p%d=1" % i for i in range(100)), b"400"),
            ("an escape that is none", b"/%zz", b"400"),
            ("a dot segment", b"/a/../metrics", b"400"),
            ("a NUL", b"/metrics%00", b"400")):
        s = connect(address(3001))
        s.sendall(b"GET " + target + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        got = ended(s, 5) or b"- -"
        report(got.split()[1] == wanted, f"{name} is {wanted.decode()}", got[:200])
    s = connect(address(3002))
    s.sendall(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000000\r\n\r\n" + b"x" * 1000)
    got = ended(s, 5) or b"- -"
    report(got.split()[1] == b"400", "a body is refused", got[:200])


def pipelining():
    s = connect(address(4000))
    s.sendall(b"GET /-/healthy HTTP/1.1\r\nHost: localhost\r\n\r\n" * 199 +
              b"GET /-/healthy HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    got = ended(s, 5) or b""
    report(got.count(b"HTTP/1.1 200 OK") == 200, "200 requests in one piece have 200 answers",
           got.count(b"HTTP/1.1"))


def one_address():
    socks, refused = [], 0
    for _ in range(600):
        s = connect("127.9.9.9")
        socks.append(s)
    time.sleep(0.5)
    for s in socks:
        s.setblocking(False)
        try:
            refused += b"503" in s.recv(100)
        except OSError:
            pass
        s.close()
    report(80 <= refused <= 100, "of 600 connections from one address 512 come in",
           f"{refused} were told 503")
    return refused


def ten_thousand():
    begun, socks, failed = time.monotonic(), [], 0
    for n in range(10000):
        try:
            s = connect(address(10000 + n))
            s.send(b"GET /metrics HTTP/1.1\r\nX: ")
            socks.append(s)
        except OSError:
            failed += 1
    took = time.monotonic() - begun
    report(took < 25 and failed < 100,
           f"10,000 connections are taken or refused in {took:.1f} s", f"{failed} did not connect")
    alive = [s for s in socks if ended(s, max(0.01, begun + took + 7 - time.monotonic())) is None]
    report(not alive, "none of them is left 7 s later", len(alive))


def lateness(times):
    """How far the samples' arrivals are from a steady beat. The first is one kept for who connects."""
    offsets = [t - i * DELAY for i, t in enumerate(times[2:])]
    return max(offsets) - min(offsets) if offsets else 99


def hang(count, seconds):
    """Half heads, made anew as they are cut."""
    mine, theirs = multiprocessing.Pipe()
    beat = multiprocessing.Process(target=watch_beat, args=(theirs,), daemon=True)
    beat.start()
    poller, socks, n, held, looks = select.poll(), {}, 0, 0, 0
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        while len(socks) < count:
            s = connect(address(20000 + n))
            n += 1
            s.send(b"GET /metrics HTTP/1.1\r\nX: ")
            socks[s.fileno()] = s
            poller.register(s, select.POLLIN)
        for fd, _ in poller.poll(100):
            poller.unregister(fd)
            socks.pop(fd).close()
        held += len(socks)
        looks += 1
    mine.send(True)
    times = mine.recv()
    beat.join()
    print(f"{held // looks} {lateness(times) * 1000:.1f} {len(times)}")


def main():
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 20000), most))
    if len(sys.argv) > 4:
        hang(int(sys.argv[4]), float(sys.argv[5]))
        return
    mine, theirs = multiprocessing.Pipe()
    beat = multiprocessing.Process(target=watch_beat, args=(theirs,), daemon=True)
    beat.start()
    # How late samples are here anyway, before anybody does anything.
    mine0, theirs0 = multiprocessing.Pipe()
    quiet = multiprocessing.Process(target=watch_beat, args=(theirs0,), daemon=True)
    quiet.start()
    time.sleep(6)
    mine0.send(True)
    anyway = lateness(mine0.recv())
    quiet.join()
    scraper = Scraper()
    scraper.start()
    started = time.monotonic()
    # Asks for much and takes none of it; cut when its time for that is over.
    lazy = connect(address(5000), 4096)
    lazy.sendall(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n" * 50)

    together = [threading.Thread(target=f) for f in (slow_heads, dripping)]
    for t in together:
        t.start()
    large_heads()
    pipelining()
    one_address()
    for t in together:
        t.join()
    ten_thousand()

    time.sleep(max(0, started + 22 - time.monotonic()))
    lazy.settimeout(5)
    try:
        while lazy.recv(1 << 20):
            pass
        done = True
    except ConnectionError:
        done = True
    except OSError:
        done = False
    report(done, "a client that does not read is cut")

    scraper.stop = True
    scraper.join()
    slowest = sorted(scraper.times)[int(len(scraper.times) * 0.99)]
    report(not scraper.wrong, f"all of {len(scraper.times)} scrapes meanwhile were answered",
           scraper.wrong[:5])
    report(slowest < 0.5, f"99 of 100 within {slowest * 1000:.0f} ms")
    mine.send(True)
    times = mine.recv()
    beat.join()
    late = lateness(times)
    busy = os.getloadavg()[0] > os.cpu_count()
    most = (LATE_BUSY if busy else LATE_MOST) + anyway
    report(len(times) > 10 and late <= most,
           f"{len(times)} samples came on time (at most {late * 1000:.0f} ms late, "
           f"{anyway * 1000:.0f} ms undisturbed)")


main()
