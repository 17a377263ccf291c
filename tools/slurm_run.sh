#!/usr/bin/env bash
# What slurm_train.sh and slurm_test.sh share. Variables have the names and defaults that MMPose's scripts give them.
set -euo pipefail

tool=$1
shift
if [ "$tool" = train ]; then
    names=(PARTITION JOB_NAME CONFIG WORK_DIR)
else
    names=(PARTITION JOB_NAME CONFIG CHECKPOINT)
fi

usage() {
    cat <<TEXT
usage: tools/slurm_$tool.sh ${names[*]} [arguments of tools/$tool.py]

Start tools/$tool.py as a slurm job, one task for each GPU, and wait for it.

environment variables:
  GPUS            tasks, all in all (default: 8)
  GPUS_PER_NODE   tasks on one machine (default: 8); 0 asks for no GPUs, and all tasks run on processors
  CPUS_PER_TASK   cores for a task (default: 5)
  PORT            port on the first machine (default: one made from the time)
  SRUN_ARGS       further arguments of srun
  PYTHON          interpreter (default: python)
TEXT
}

fail() {
    echo "error: $1" >&2
    exit 2
}

case "${1:-}" in
    -h | --help) usage && exit 0 ;;
    '') usage >&2 && exit 2 ;;
esac
[ $# -ge ${#names[@]} ] || fail "${names[$#]} is missing: tools/slurm_$tool.sh ${names[*]} [arguments of tools/$tool.py]."
partition=$1 job_name=$2 config=$3 last=$4
shift 4
[ -f "$config" ] || fail "There is no configuration $config: tools/slurm_$tool.sh ${names[*]}."
gpus=${GPUS:-8} gpus_per_node=${GPUS_PER_NODE:-8} cpus_per_task=${CPUS_PER_TASK:-5}
port=${PORT:-$((20000 + $(date +%s) % 20000))}
for name in gpus gpus_per_node cpus_per_task port; do
    [[ ${!name} =~ ^[0-9]+$ ]] || fail "The environment variable ${name^^} must be a number, got '${!name}'."
done
command -v srun >/dev/null || fail 'srun is not there: start this on a login node of a slurm cluster, or use tools/dist_'"$tool"'.sh.'

resources=(--ntasks="$gpus" --cpus-per-task="$cpus_per_task")
if [ "$gpus_per_node" -gt 0 ]; then
    per_node=$((gpus_per_node < gpus ? gpus_per_node : gpus))
    resources+=(--gres="gpu:$per_node" --ntasks-per-node="$per_node")
fi
if [ "$tool" = train ]; then
    arguments=("$config" --work-dir "$last")
else
    arguments=("$config" "$last")
fi
# shellcheck disable=SC2086  # SRUN_ARGS holds several
MASTER_PORT=$port OMP_NUM_THREADS=${OMP_NUM_THREADS:-1} exec srun -p "$partition" --job-name="$job_name" "${resources[@]}" \
    --kill-on-bad-exit=1 ${SRUN_ARGS:-} \
    "${PYTHON:-python}" -u "$(dirname "$0")/$tool.py" "${arguments[@]}" --launcher slurm "$@"
