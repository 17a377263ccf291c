#!/usr/bin/env bash
# Train in N processes: tools/dist_train.sh CONFIG N [arguments of tools/train.py]; --help says more.
exec "${PYTHON:-python}" "$(dirname "$0")/dist_run.py" train "$@"
