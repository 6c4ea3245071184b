from alphamed_nb.protocol.handshake import new_nonce, proof_is_right, proof_of


def test_a_proof_is_right_for_its_credential_side_and_nonces_only() -> None:
    mine, theirs = new_nonce(), new_nonce()
    proof = proof_of("credential", "hub", mine, theirs)
    assert proof_is_right(proof, "credential", "hub", mine, theirs)
    assert not proof_is_right(proof, "another", "hub", mine, theirs)
    assert not proof_is_right(proof, "credential", "client", mine, theirs)
    assert not proof_is_right(proof, "credential", "hub", theirs, mine)
    assert not proof_is_right(proof, "credential", "hub", new_nonce(), theirs)


def test_a_proof_that_is_no_ascii_is_wrong_not_an_error() -> None:
    assert not proof_is_right("é", "credential", "hub", "a", "b")


def test_nonces_differ() -> None:
    assert new_nonce() != new_nonce()
