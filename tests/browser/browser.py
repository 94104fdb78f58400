"""browser: Debian's chromium without a screen, driven by its chromedriver over plain HTTP.

What it starts it ends, by its own id; its profile is a folder of its own that goes with it.
"""
import base64
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
KEYS = {"Enter": "\ue007", "Down": "\ue015", "Up": "\ue013", "Left": "\ue012", "Right": "\ue014",
        "Escape": "\ue00c", "End": "\ue010", "Home": "\ue011", "Tab": "\ue004", "Shift": "\ue008"}


class BrowserError(Exception):
    pass


class Browser:
    def __init__(self, width=1440, height=900, theme="dark"):
        self.profile = tempfile.mkdtemp(prefix="domtop-browser-")
        self.driver = self.session = None
        try:
            self._start(width, height, theme)
        except BaseException:
            self.close()
            raise

    def _start(self, width, height, theme):
        # A port of its own choosing is printed; --port=0 asks for one.
        self.driver = subprocess.Popen(
            ["chromedriver", "--port=0", "--allowed-ips=127.0.0.1"], stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True, start_new_session=True,
            env=dict(os.environ, TMPDIR=self.profile, TZ="UTC", LC_ALL="C.UTF-8"))
        for line in self.driver.stdout:
            if "started successfully on port" in line:
                self.base = f"http://127.0.0.1:{line.split()[-1].rstrip('.')}"
                break
        else:
            raise BrowserError("chromedriver did not start")
        arguments = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                     f"--user-data-dir={self.profile}/data", f"--window-size={width},{height}",
                     "--force-device-scale-factor=1", "--hide-scrollbars", "--no-first-run",
                     "--disable-background-networking", "--disable-component-update",
                     "--disable-extensions", "--disable-sync", "--lang=en-US",
                     # Nobody but this machine can be asked, whatever a page tries.
                     "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"]
        answer = self._call("POST", "/session", {"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": {"args": arguments, "binary": shutil.which("chromium")},
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}}}})
        self.session = f"/session/{answer['sessionId']}"
        self.size(width, height)
        self.theme(theme)

    def _call(self, method, path, body=None):
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.base + path, data=data, method=method,
                                         headers={"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise BrowserError(json.load(error)["value"]["message"].split("\n")[0]) from None

    def post(self, path, **body):
        return self._call("POST", self.session + path, body)

    def cdp(self, command, **params):
        return self.post("/goog/cdp/execute", cmd=command, params=params)

    def size(self, width, height, scale=1):
        self.cdp("Emulation.setDeviceMetricsOverride", width=width, height=height,
                 deviceScaleFactor=scale, mobile=width < 600)

    def theme(self, theme):
        self.cdp("Emulation.setEmulatedMedia",
                 features=[{"name": "prefers-color-scheme", "value": theme}])

    def open(self, url):
        self.post("/url", url=url)

    def run(self, script, *args):
        """The value of a script's return statement."""
        return self.post("/execute/sync", script=script, args=list(args))

    def wait(self, condition, seconds=10, what=None):
        """Until a JavaScript expression is true; returns its value."""
        end = time.monotonic() + seconds
        while True:
            value = self.run(f"return {condition}")
            if value:
                return value
            if time.monotonic() > end:
                raise BrowserError(f"waited {seconds} s for {what or condition}")
            time.sleep(0.05)

    def find(self, css):
        return self.post("/element", using="css selector", value=css)[ELEMENT]

    def click(self, css):
        self.post(f"/element/{self.find(css)}/click")

    def type(self, text):
        """Keys to whatever has the focus."""
        actions = []
        for key in [KEYS[text]] if text in KEYS else text:
            actions += [{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]
        self.post("/actions", actions=[{"type": "key", "id": "keys", "actions": actions}])

    def move(self, x, y):
        self.cdp("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def drag(self, x1, x2, y):
        mouse = lambda kind, x, buttons: self.cdp(
            "Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", buttons=buttons,
            clickCount=1)
        mouse("mousePressed", x1, 1)
        for i in range(1, 6):
            mouse("mouseMoved", x1 + (x2 - x1) * i / 5, 1)
        mouse("mouseReleased", x2, 0)

    def log(self, kind="browser"):
        """What came since the last call."""
        return self.post("/se/log", type=kind)

    def screenshot(self, path, full=False):
        params = {"format": "png"}
        if full:
            box = self.cdp("Page.getLayoutMetrics")["cssContentSize"]
            params["clip"] = {"x": 0, "y": 0, "width": box["width"], "height": box["height"],
                              "scale": 1}
            params["captureBeyondViewport"] = True
        with open(path, "wb") as out:
            out.write(base64.b64decode(self.cdp("Page.captureScreenshot", **params)["data"]))

    def close(self):
        try:
            if self.session:
                self._call("DELETE", self.session)
        except (BrowserError, OSError):
            pass
        if self.driver:
            # Its own process group: the browser too, should it still be there.
            try:
                os.killpg(self.driver.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            self.driver.stdout.close()
            self.driver.wait()
        shutil.rmtree(self.profile, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
