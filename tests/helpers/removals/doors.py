"""The two doors: tickets, Host and Origin, proofs both ways; tokens, cookies, XSRF; what may be removed, and streams."""

from __future__ import annotations

from .removal import Removal

__all__ = ["REMOVALS"]

AUTH = "alphamed_nb.hub.server.auth"
NODE = "alphamed_nb.hub.server.node_door"
JUPYTER = "alphamed_nb.hub.server.jupyter_door"
LINK = "alphamed_nb.hub.server.link"
STREAMS = "alphamed_nb.hub.server.streams"
NODE_TESTS = "tests/hub/server/test_node_door.py::"
JUPYTER_TESTS = "tests/hub/server/test_jupyter_door.py::"
LINK_TESTS = "tests/hub/server/test_link.py::"
STREAM_TESTS = "tests/hub/server/test_streams.py::"
HANDSHAKE_TESTS = "tests/node/test_handshake.py::"

REMOVALS = [
    # -- the node door -------------------------------------------------------------------------------------------------
    Removal(
        "a client proves that it knows the credential",
        LINK,
        [("        if not proof_is_right(", "        if False and not proof_is_right(")],
        LINK_TESTS + "test_a_wrong_proof_is_refused",
    ),
    Removal(
        "little is taken of a link that has not proved itself",
        LINK,
        [("            if self._allowance < 0:\n", "            if False:\n")],
        LINK_TESTS + "test_what_a_stranger_sends_is_not_worked_on[pings]",
    ),
    Removal(
        "a hub file that others can write does not count",
        "alphamed_nb._own_files",
        [('if hasattr(os, "getuid") and mode & _OTHERS_WRITE:', "if False:")],
        "tests/node/test_discovery.py::test_a_file_that_somebody_else_may_have_written_does_not_count[others_write]",
    ),
    Removal(
        "a hub file of another user does not count",
        "alphamed_nb._own_files",
        [('if hasattr(os, "getuid") and found.st_uid != os.getuid():', "if False:")],
        "tests/node/test_discovery.py::test_a_file_that_somebody_else_may_have_written_does_not_count[of_somebody_else]",
    ),
    Removal(
        "a proof cannot be sent back",
        "alphamed_nb.protocol.handshake",
        [
            (
                'text = f"alphamed-nb:{side}:{client_nonce}:{hub_nonce}"',
                'text = f"alphamed-nb:{client_nonce}:{hub_nonce}"',
            )
        ],
        LINK_TESTS + "test_the_hubs_own_proof_sent_back_is_refused",
    ),
    Removal(
        "a proof is good for one handshake",
        "alphamed_nb.protocol.handshake",
        [('text = f"alphamed-nb:{side}:{client_nonce}:{hub_nonce}"', 'text = f"alphamed-nb:{side}"')],
        "tests/protocol/test_handshake.py::test_a_proof_is_right_for_its_credential_side_and_nonces_only",
    ),
    Removal(
        "a hub proves that it knows the credential",
        "alphamed_nb.node.connection",
        [
            (
                '                if not proof_is_right(answer.proof, credential, "hub", nonce, answer.nonce):\n',
                "                if False:\n",
            )
        ],
        HANDSHAKE_TESTS + "test_a_wrong_proof_gets_no_proof",
    ),
    Removal(
        "a hub that leaves the proof out is not trusted",
        "alphamed_nb.node.connection",
        [("            elif credential:\n", "            elif False:\n")],
        HANDSHAKE_TESTS + "test_a_welcome_without_a_proof_is_not_trusted",
    ),
    Removal(
        "a hub of another version is refused",
        "alphamed_nb.node.connection",
        [("            if answer.version != wire.PROTOCOL_VERSION:\n", "            if False:\n")],
        HANDSHAKE_TESTS + "test_another_version_is_refused",
    ),
    Removal(
        "a ticket is needed at the node door",
        AUTH,
        [("        if self.needs_ticket:\n", "        if False:\n")],
        NODE_TESTS + "test_without_a_ticket_nothing_is_said[api/hub]",
    ),
    Removal(
        "a ticket is one that was given",
        AUTH,
        [("hmac.compare_digest(ticket.encode(), known.encode()) for known in", "known for known in")],
        STREAM_TESTS + "test_streams_need_the_ticket_of_an_open_link[GET]",
    ),
    Removal(
        "a ticket ends with its link",
        LINK,
        [("        self._service.links.tickets.pop(self._ticket, None)\n", "")],
        STREAM_TESTS + "test_streams_need_the_ticket_of_an_open_link[GET]",
    ),
    Removal(
        "storing a file needs a ticket",
        NODE,
        [("            self.check_ticket()\n            await self.begin_file", "            await self.begin_file")],
        STREAM_TESTS + "test_storing_a_file_needs_a_ticket",
    ),
    Removal(
        "no web page comes in at the node door",
        AUTH,
        [("        if name in request.headers:\n", "        if False:\n")],
        NODE_TESTS + "test_even_with_a_ticket_no_page_and_no_other_host[{'Origin': 'null'}-api/hub]",
    ),
    Removal(
        "no web page opens a link",
        AUTH,
        [("        if name in request.headers:\n", "        if False:\n")],
        LINK_TESTS + "test_its_own_origin_is_refused_too",
    ),
    Removal(
        "a foreign Host is refused at the node door",
        AUTH,
        [('    if request.headers.get_list("Host") != [address]:\n', "    if False:\n")],
        NODE_TESTS + "test_even_with_a_ticket_no_page_and_no_other_host[{'Host': 'rebound.test'}-api/hub]",
    ),
    Removal(
        "a foreign Host opens no link",
        AUTH,
        [('    if request.headers.get_list("Host") != [address]:\n', "    if False:\n")],
        LINK_TESTS + "test_web_pages_and_foreign_hosts_are_refused[headers2]",
    ),
    Removal(
        "nothing is removed at the node door",
        NODE,
        [
            (
                "        write_json(self, await rest.answer(self.endpoint, self.service, self.request, path))",
                "        write_json(self, await rest.answer(self.endpoint, self.service, self.request, path))\n\n"
                "    delete = get",
            )
        ],
        NODE_TESTS + "test_nothing_is_removed_or_changed_here[DELETE-api/tasks/task]",
    ),
    Removal(
        "the node door listens on loopback only",
        NODE,
        [
            (
                'netutil.bind_sockets(0, "127.0.0.1", family=socket.AF_INET)',
                'netutil.bind_sockets(0, "", family=socket.AF_INET)',
            )
        ],
        NODE_TESTS + "test_it_listens_on_loopback_only",
    ),
    Removal(
        "the hub file is the user's alone",
        "alphamed_nb.hub.store.files",
        [("os.O_CLOEXEC | _NO_FOLLOW | _BINARY, 0o600)", "os.O_CLOEXEC | _NO_FOLLOW | _BINARY, 0o666)")],
        NODE_TESTS + "test_the_hub_file_is_private",
    ),
    # -- the Jupyter door ----------------------------------------------------------------------------------------------
    Removal(
        "reading needs a token at the Jupyter door",
        JUPYTER,
        [
            (
                '    @web.authenticated\n    @allowed("read")\n    async def get(self, *path: str)',
                "    async def get(self, *path: str)",
            )
        ],
        JUPYTER_TESTS + "test_nothing_without_a_token[allow_unauthenticated_access]",
    ),
    Removal(
        "a stream needs a token at the Jupyter door",
        JUPYTER,
        [
            ("        if not self.current_user:\n            raise web.HTTPError(403)\n", ""),
            (
                "        if not await ensure_async(self.authorizer",
                "        if False and not await ensure_async(self.authorizer",
            ),
            (
                '    @web.authenticated\n    @allowed("read")\n    async def get(self, stream: str)',
                "    async def get(self, stream: str)",
            ),
        ],
        JUPYTER_TESTS + "test_nothing_without_a_token[allow_unauthenticated_access]",
    ),
    Removal(
        "a link needs a token at the Jupyter door",
        JUPYTER,
        [('    @ws_authenticated\n    @allowed("execute")\n', "")],
        JUPYTER_TESTS + "test_nothing_without_a_token[allow_unauthenticated_access]",
    ),
    Removal(
        "the live feed needs a token at the Jupyter door",
        JUPYTER,
        [('    @ws_authenticated\n    @allowed("read")\n', "")],
        JUPYTER_TESTS + "test_nothing_without_a_token[allow_unauthenticated_access]",
    ),
    Removal(
        "a foreign origin with the cookie opens no socket",
        JUPYTER,
        [
            (
                "    def on_message(self, message: str | bytes) -> None:\n        assert self.feed",
                "    def check_origin(self, origin=None):\n        return True\n\n"
                "    def on_message(self, message: str | bytes) -> None:\n        assert self.feed",
            )
        ],
        JUPYTER_TESTS + "test_a_foreign_origin_is_refused_although_the_cookie_is_right",
    ),
    Removal(
        "a foreign origin with the cookie reads nothing",
        JUPYTER,
        [
            (
                '    """One path of REST."""\n',
                '    """One path of REST."""\n\n    def check_origin(self, origin=None):\n        return True\n',
            )
        ],
        JUPYTER_TESTS + "test_a_foreign_origin_is_refused_although_the_cookie_is_right",
    ),
    Removal(
        "a foreign origin with the cookie reads no stream",
        JUPYTER,
        [("        if not self.check_origin():\n", "        if False:\n")],
        JUPYTER_TESTS + "test_a_foreign_origin_is_refused_although_the_cookie_is_right",
    ),
    Removal(
        "a removal needs the XSRF token of the cookie",
        JUPYTER,
        [
            (
                '    """One path of REST."""\n',
                '    """One path of REST."""\n\n    def check_xsrf_cookie(self):\n        pass\n',
            )
        ],
        JUPYTER_TESTS + "test_a_change_needs_the_xsrf_token_of_the_cookie",
    ),
    Removal(
        "an upload needs the XSRF token of the cookie",
        JUPYTER,
        [
            (
                '    """Base of handlers whose body streams in: these have to be authorised before the body is read."""\n',
                '    """Base."""\n\n    def check_xsrf_cookie(self):\n        pass\n',
            )
        ],
        JUPYTER_TESTS + "test_a_change_needs_the_xsrf_token_of_the_cookie",
    ),
    Removal(
        "the authorizer is asked before something is removed",
        JUPYTER,
        [('    @allowed("write")\n    async def delete(', "    async def delete(")],
        JUPYTER_TESTS + "test_each_endpoint_asks_the_authorizer",
    ),
    Removal(
        "the authorizer is asked before a stream is stored",
        JUPYTER,
        [
            (
                "        if not await ensure_async(self.authorizer",
                "        if False and not await ensure_async(self.authorizer",
            ),
            ('    @allowed("write")\n    async def put(self, stream: str)', "    async def put(self, stream: str)"),
        ],
        JUPYTER_TESTS + "test_each_endpoint_asks_the_authorizer",
    ),
    Removal(
        "a run that is going on is not removed by a person",
        "alphamed_nb.hub.core.router",
        [("        if found is not None and found.held and run == found.run:\n", "        if False:\n")],
        JUPYTER_TESTS + "test_runs_are_removed_unless_they_are_going_on",
    ),
    # -- streams and files ---------------------------------------------------------------------------------------------
    Removal(
        "a stream id in a request is no path",
        "alphamed_nb.hub.checks",
        [("    if not _HEX_ID.match(value):\n", "    if False:\n")],
        STREAM_TESTS + "test_no_path_is_a_stream[GET-token]",
        also={
            "alphamed_nb.hub.store.streams": [
                (
                    "        if not isinstance(stream, str) or not _STREAM.fullmatch(stream):\n",
                    "        if stream is None:\n",
                )
            ]
        },
    ),
    Removal(
        "the name of a file is no path",
        STREAMS,
        [('"/" in name or ', "")],
        STREAM_TESTS + "test_a_file_has_a_plain_name[a%2Fb]",
    ),
    Removal(
        "the name of a file is no dots",
        STREAMS,
        [('    if not name or name in (".", "..") or ', "    if not name or ")],
        STREAM_TESTS + "test_a_file_has_a_plain_name[..]",
    ),
    Removal(
        "the name of a file is printable",
        STREAMS,
        [(" or not name.isprintable():", ":")],
        STREAM_TESTS + "test_a_file_has_a_plain_name[a%0Ab]",
    ),
    Removal(
        "the URL of a file is signed",
        STREAMS,
        [("        if not hmac.compare_digest(signature.encode(), right.encode()):\n", "        if False:\n")],
        STREAM_TESTS + "test_a_url_is_good_for_one_file_one_name_and_one_hour",
    ),
    Removal(
        "the URL of a file is good for its name",
        STREAMS,
        [('text = f"alphamed-nb:file:{file}:{expires}:{name}"', 'text = f"alphamed-nb:file:{file}:{expires}"')],
        STREAM_TESTS + "test_a_url_is_good_for_one_file_one_name_and_one_hour",
    ),
    Removal(
        "the URL of a file expires",
        STREAMS,
        [("        if int(expires) < self.service.clock():\n", "        if False:\n")],
        STREAM_TESTS + "test_a_url_is_good_for_one_file_one_name_and_one_hour",
    ),
    Removal(
        "a file that is fetched runs no script",
        STREAMS,
        [('        self.set_header("Content-Security-Policy", "sandbox; default-src \'none\'")\n', "")],
        STREAM_TESTS + "test_a_file_is_fetched_with_a_plain_get",
    ),
    Removal(
        "an upload over the limit is refused",
        STREAMS,
        [
            (
                "        if size > self._limit:\n            raise TooLarge",
                "        if False:\n            raise TooLarge",
            )
        ],
        STREAM_TESTS + "test_what_is_too_large_is_refused_and_leaves_nothing",
    ),
    Removal(
        "an upload of unknown length is measured as it comes",
        STREAMS,
        [
            ("            self._check_size(self._size)\n", ""),
            ("set_max_body_size(limit + 1)", "set_max_body_size(2**40)"),
        ],
        STREAM_TESTS + "test_a_chunked_body_is_measured_as_it_comes",
    ),
    Removal(
        "an upload that broke off leaves nothing",
        STREAMS,
        [
            (
                "        super().on_connection_close()\n        self._drop()\n",
                "        super().on_connection_close()\n",
            ),
            (
                "    def on_finish(self) -> None:\n        self._drop()",
                "    def on_finish(self) -> None:\n        pass",
            ),
        ],
        STREAM_TESTS + "test_a_sender_that_goes_away_leaves_nothing",
    ),
]
