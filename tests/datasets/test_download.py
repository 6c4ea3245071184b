"""Downloading, from a web server of the test's own."""

from __future__ import annotations

import gzip
import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from alphamed_nb.datasets.download import MIRRORS, RESOURCES, DownloadFailed, download
from alphamed_nb.datasets.idx import FILES, encode


def make_files() -> dict[str, bytes]:
    contents = {}
    for number, (images, labels) in enumerate(FILES.values()):
        contents[images] = encode(np.full((2, 28, 28), number, dtype=np.uint8))
        contents[labels] = encode(np.array([number, 3], dtype=np.uint8))
    return {f"{name}.gz": gzip.compress(content) for name, content in contents.items()}


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return make_files()


@pytest.fixture(scope="module")
def resources(files: dict[str, bytes]) -> list[tuple[str, str]]:
    return [(name, hashlib.md5(content).hexdigest()) for name, content in files.items()]


@pytest.fixture(scope="module")
def server(files: dict[str, bytes]) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            folder, name = self.path.strip("/").split("/")
            content = files.get(name)
            if folder == "missing" or content is None:
                self.send_error(404)
                return
            self.send_response(200)
            self.end_headers()
            self.wfile.write(content if folder == "good" else b"<html>please log in</html>")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as httpd:
        thread = threading.Thread(target=httpd.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{httpd.server_port}"
        httpd.shutdown()
        thread.join()


def test_the_first_mirror_that_has_the_right_file_is_used(server: str, resources: list[tuple[str, str]]) -> None:
    training, test = download([f"{server}/missing/", f"{server}/wrong/", f"{server}/good/"], resources)
    assert training.labels.tolist() == [0, 3] and test.labels.tolist() == [1, 3]
    assert int(test.images.min()) == 1


def test_wrong_files_are_refused(server: str, resources: list[tuple[str, str]]) -> None:
    with pytest.raises(DownloadFailed, match="MD5"):
        download([f"{server}/wrong/"], resources)


def test_a_site_that_is_not_there_is_told(resources: list[tuple[str, str]]) -> None:
    with pytest.raises(DownloadFailed, match="refused"):
        download(["http://127.0.0.1:9/"], resources)


def test_a_download_that_takes_too_long_is_given_up(server: str, resources: list[tuple[str, str]]) -> None:
    with pytest.raises(DownloadFailed, match="too long"):
        download([f"{server}/good/"], resources, total_seconds=-1)


def test_addresses_are_torchvisions() -> None:
    from torchvision.datasets import MNIST

    assert list(MIRRORS) == MNIST.mirrors
    assert list(RESOURCES) == MNIST.resources
