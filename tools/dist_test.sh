#!/usr/bin/env bash
# Test in N processes: tools/dist_test.sh CONFIG CHECKPOINT N [arguments of tools/test.py]; --help says more.
exec "${PYTHON:-python}" "$(dirname "$0")/dist_run.py" test "$@"
