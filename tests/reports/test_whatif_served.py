"""The what-if page in a browser: a slider is moved, the figure and the numbers change, Chinese shows, nothing leaves the machine."""

from __future__ import annotations

import base64
import importlib.util
import json
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from small_archive import fill

from airq.observations import Archive
from airq.reports import serving

PARAMETERS = {
    "scenario": "30-boilers-741-trucks",
    "compare": "",
    "draws": 40,
    "weather_years": 4,
    "lang": "zh",
}


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    made = Archive(tmp_path_factory.mktemp("whatif") / "archive")
    return fill(made, "2023-10", "2026-04", ("changji",))


class Page:
    """One tab, spoken to by the DevTools protocol."""

    def __init__(self, address: str) -> None:
        from websockets.sync.client import connect

        self._socket = connect(address, max_size=None)
        self._number, self.requests = 0, []

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._number += 1
        self._socket.send(json.dumps({"id": self._number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self._socket.recv(timeout=60))
            if message.get("method") == "Network.requestWillBeSent":
                self.requests.append(message["params"]["request"]["url"])
            if message.get("id") == self._number:
                assert "error" not in message, message
                return message["result"]

    def value(self, code: str) -> Any:
        return self.call("Runtime.evaluate", expression=code, returnByValue=True, awaitPromise=True)[
            "result"
        ].get("value")

    def until(self, code: str, seconds: float) -> float:
        """Seconds until a condition holds."""
        start = time.monotonic()
        while time.monotonic() - start < seconds:
            if self.value(code):
                return time.monotonic() - start
            time.sleep(0.02)
        raise AssertionError(
            f"not within {seconds} s: {code}\n{self.value('document.body.innerText')[:2000]}"
        )

    def key(self, name: str) -> None:
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=name, code=name, windowsVirtualKeyCode=39)


@pytest.fixture(scope="module")
def address(archive: Archive) -> Iterator[str]:
    if not importlib.util.find_spec("voila"):
        pytest.skip("voila is not installed")
    with socket.create_server((serving.HOST, 0)) as probe:
        port = probe.getsockname()[1]
    with serving.staged({**PARAMETERS, "archive": str(archive.path)}) as (notebook, environment):
        words = serving.command(notebook, port)
        with (notebook.parent / "log").open("wb") as log:
            process = subprocess.Popen(words, env=environment, cwd=notebook.parent, stdout=log, stderr=log)
        try:
            for _ in range(600):
                assert process.poll() is None, (notebook.parent / "log").read_text()
                with socket.socket() as client:
                    if not client.connect_ex((serving.HOST, port)):
                        break
                time.sleep(0.1)
            yield f"http://{serving.HOST}:{port}/"
        finally:
            process.terminate()
            process.wait(timeout=30)


@pytest.fixture
def page(chromium: str, address: str, tmp_path: Path) -> Iterator[Page]:
    if not importlib.util.find_spec("websockets"):
        pytest.skip("websockets is not installed, by which the browser is steered")
    profile = tmp_path / "profile"
    words = [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
             "--disable-background-networking", "--disable-component-update", "--remote-debugging-port=0",
             "--remote-allow-origins=*", f"--user-data-dir={profile}", "--window-size=1240,1400", "about:blank"]  # fmt: skip
    browser = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        told = profile / "DevToolsActivePort"
        for _ in range(300):
            if told.is_file() and len(told.read_text().splitlines()) > 1:
                break
            assert browser.poll() is None, "the browser ended"
            time.sleep(0.1)
        port = told.read_text().splitlines()[0]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list") as answer:
            tab = next(t for t in json.load(answer) if t["type"] == "page")
        made = Page(tab["webSocketDebuggerUrl"])
        made.call("Network.enable")
        made.call("Page.enable")
        made.call("Page.navigate", url=address)
        yield made
    finally:
        browser.terminate()
        browser.wait(timeout=30)


_SLIDER = """[...document.querySelectorAll('.widget-hslider')].find(
  s => s.querySelector('.widget-label').textContent.startsWith('完成比例')).querySelector('.noUi-handle')"""
_SRC = "document.querySelector('.airq-answer img')?.src"
_TEXT = "document.querySelector('.airq-answer')?.innerText"


@pytest.mark.chromium
def test_a_slider_changes_the_figures(page: Page, tmp_path: Path) -> None:
    page.until(f"Boolean({_SRC})", 150)
    page.until("document.querySelector('#rendered_cells').style.display !== 'none'", 60)
    text, source = page.value(_TEXT), page.value(_SRC)
    assert "昌吉市" in text and "模拟数据" in page.value("document.body.innerText")
    assert "采暖季PM₂.₅" in text and "µg/m³" in text

    page.value(f"{_SLIDER}.focus()")
    times = []
    for _ in range(3):
        page.key("ArrowRight")
        times.append(
            page.until(f"({_SRC}) && {_SRC} !== {json.dumps(source)} && {_TEXT} !== {json.dumps(text)}", 60)
        )
        source, text = page.value(_SRC), page.value(_TEXT)
    print(f"answers after {', '.join(f'{t:.2f} s' for t in times)}")
    assert "按情景文件" not in text  # the figure names it, the text need not
    assert page.value(f"{_SLIDER}.getAttribute('aria-valuetext')") in ("130", "130.0", "130.00")

    # Chinese comes from the page's own font, and nothing was fetched from elsewhere.
    page.value("document.fonts.load('16px airq-han', '优').then(() => true)")
    assert page.value("document.fonts.check('16px airq-han', '优')") is True
    outside = [
        u for u in page.requests if not u.startswith(("http://127.0.0.1:", "data:", "blob:", "about:"))
    ]
    assert outside == []
    picture = base64.b64decode(page.call("Page.captureScreenshot")["data"])
    (tmp_path / "page.png").write_bytes(picture)
    assert len(picture) > 20_000
