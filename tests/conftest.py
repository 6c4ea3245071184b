"""For all tests."""

import signal

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell starts what it runs in the background so, and every child would inherit it: no test of an interrupt could
    # ever end.
    signal.signal(signal.SIGINT, signal.default_int_handler)
