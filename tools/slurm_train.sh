#!/usr/bin/env bash
# Train under slurm, one task for each GPU. --help says more.
exec "$(dirname "$0")/slurm_run.sh" train "$@"
