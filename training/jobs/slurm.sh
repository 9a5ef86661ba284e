#!/usr/bin/env bash
# Submit a round to Slurm. Run it on a login node, or let `selfsown ci launch slurm` do it on a runner there.
set -euo pipefail
: "${COMMIT:?the commit to train on}" "${RECIPE:?a name of training/recipes}" "${GITHUB_REPOSITORY:?owner/name}"
# What the job may do, one NAME=value a line: GITHUB_TOKEN, and HF_TOKEN where SELFSOWN_ADAPTERS is on a hub.
while IFS='=' read -r name value; do
  if [[ "${name}" =~ ^(GITHUB_TOKEN|HF_TOKEN)$ ]]; then
    export "${name}=${value}"
  fi
done <<< "${SELFSOWN_JOB_KEY:-}"
unset SELFSOWN_JOB_KEY
export COMMIT RECIPE GITHUB_REPOSITORY
export SELFSOWN_ADAPTERS="${SELFSOWN_ADAPTERS:-${HOME}/selfsown-adapters}"
sbatch --export=ALL "$(dirname "$0")/machine/slurm.sbatch"
