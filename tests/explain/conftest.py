"""Pages and a browser to open them in."""

import dataclasses
import os
import shutil
from types import SimpleNamespace

import numpy as np
import pytest

import lppn_np
from lppn_np.explain import build_page

#: The headless browser that Debian packages comes first: it starts fastest.
BROWSERS = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)


@pytest.fixture(scope="session")
def browser():
    """A headless Chromium, from the path or from the variable BROWSER_PATH."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="pages are opened by playwright")
    found = os.environ.get("BROWSER_PATH") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if not found:
        pytest.skip(f"no browser to open pages in: none of {', '.join(BROWSERS)} is installed")
    with sync_api.sync_playwright() as playwright:
        # Without a sandbox of its own: root, as in a container, cannot have one.
        chromium = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def record():
    """90 s at 100 Hz: obspy's example (P at 4.7 s, S at 5.65 s) three times, once weaker, with gaps."""
    obspy = pytest.importorskip("obspy", reason="the example record comes with obspy")
    stream = obspy.read()
    example = np.stack([stream.select(component=c)[0].data for c in "ENZ"]).astype(np.float64)
    data = np.concatenate([example, 0.2 * example[::-1], 5 * example], axis=1) + 1000.0
    data[:, 6470:6500] = np.nan  # a little before the third arrival
    data[0, 2000:2400] = np.nan
    return data


def trained(**changes):
    """The bundled weights of the paper's network, stride 16 and 8 features, picking in a way that stays."""
    model = lppn_np.LPPN.from_pretrained("paper")
    return lppn_np.LPPN(dataclasses.replace(model.config, **changes), model.tensors)


def drawn(seed, **config):
    """A network drawn anew whose classes are not too sure: probabilities around the thresholds."""
    model = lppn_np.LPPN(lppn_np.LPPNConfig(**config), seed=seed)
    tensors = {name: tensor.copy() for name, tensor in model.tensors.items()}
    rng = np.random.default_rng(seed)
    for name, tensor in tensors.items():
        if name.endswith(("running_mean", "norm.bias")):
            tensor[:] = rng.normal(0, 0.1, tensor.shape)
        elif name == "class_head.weight":
            tensor *= 12
        elif name == "offset_head.bias":
            tensor += 0.4
    return lppn_np.LPPN(model.config, tensors)


@pytest.fixture(scope="session")
def models():
    """Every kind of network: all ops, 3 and 7 classes, with phase code and with neighbours."""
    return {
        "paper": trained(neighbours=0, P_threshold=0.2, S_threshold=0.15),
        "8-4": drawn(1, stride=8, features=4, phase_code=True),
        "64-4": drawn(2, stride=64, features=4, min_distance=0.0),
        "deep": drawn(
            3, variant="deep", stride=16, features=4, neighbours=1, component_order="ZNE", S_weight=3.0
        ),
        "medium": drawn(4, variant="medium", in_samples=3072),
        "large": drawn(5, variant="large", in_samples=512, overlap=128, blinding=64),
    }


@pytest.fixture(scope="session")
def page_file(record, models, tmp_path_factory):
    """The record with all the models, written once."""
    path = tmp_path_factory.mktemp("page") / "page.html"
    path.write_text(build_page(record, models, trace_id="XX.TEST..HH"), "utf-8")
    return path


@pytest.fixture
def open_page(browser):
    """``open_page(path, width=, scheme=)`` waits until all is shown; what went wrong is in ``.troubles``."""
    contexts = []

    def call(path, width=1280, scheme="light"):
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)  # on a busy machine everything takes its time
        troubles, requests = [], []
        page.on("console", lambda message: troubles.append(message.text))
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("request", lambda request: requests.append(request.url))
        page.goto(path.as_uri())
        page.wait_for_selector("html[data-ready=all]")
        return SimpleNamespace(page=page, troubles=troubles, requests=requests)

    yield call
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def opened(browser, page_file):
    """The page with all the models, for tests that only ask its functions."""
    page = browser.new_page()
    page.set_default_timeout(60_000)
    page.goto(page_file.as_uri())
    page.wait_for_selector("html[data-ready=all]")
    yield page
    page.close()
