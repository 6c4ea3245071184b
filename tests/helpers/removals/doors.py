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
HANDSHAKE_TESTS = "tests/node/link/test_handshake.py::"

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
        "tests/node/link/test_discovery.py::test_a_file_that_somebody_else_may_have_written_does_not_count[others_write]",
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
        "a hub proves that it knows the credential",
        "alphamed_nb.node.link.connection",
        [
            (
                '                if not proof_is_right(answer.proof, credential, "hub", nonce, answer.nonce):\n',
                "                if False:\n",
            )
        ],
        HANDSHAKE_TESTS + "test_a_wrong_proof_gets_no_proof",
    ),
    Removal(
        "a ticket is one that was given",
        AUTH,
        [("hmac.compare_digest(ticket.encode(), known.encode()) for known in", "known for known in")],
        STREAM_TESTS + "test_streams_need_the_ticket_of_an_open_link[GET]",
    ),
    Removal(
        "a ticket ends with its link",
        "alphamed_nb.hub.routing.links",
        [("        self.tickets.pop(link_id, None)\n", "")],
        STREAM_TESTS + "test_streams_need_the_ticket_of_an_open_link[GET]",
    ),
    Removal(
        "no web page comes in at the node door",
        AUTH,
        [("        if name in request.headers:\n", "        if False:\n")],
        NODE_TESTS + "test_even_with_a_ticket_no_page_and_no_other_host[{'Origin': 'null'}-api/hub]",
    ),
    Removal(
        "a foreign Host opens no link",
        AUTH,
        [('    if request.headers.get_list("Host") != [address]:\n', "    if False:\n")],
        LINK_TESTS + "test_web_pages_and_foreign_hosts_are_refused[headers2]",
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
        "the authorizer is asked before something is removed",
        JUPYTER,
        [('    @allowed("write")\n    async def delete(', "    async def delete(")],
        JUPYTER_TESTS + "test_each_endpoint_asks_the_authorizer",
    ),
    # -- streams and files ---------------------------------------------------------------------------------------------
    Removal(
        "the name of a file is no path",
        STREAMS,
        [('"/" in name or ', "")],
        STREAM_TESTS + "test_a_file_has_a_plain_name[a%2Fb]",
    ),
    Removal(
        "the URL of a file is signed",
        STREAMS,
        [("        if not hmac.compare_digest(signature.encode(), right.encode()):\n", "        if False:\n")],
        STREAM_TESTS + "test_a_url_is_good_for_one_file_one_name_and_one_hour",
    ),
]
