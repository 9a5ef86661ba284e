#!/usr/bin/env bash
# Start a round on Hugging Face Jobs: one machine, paid by the second, given back when the round is proposed.
set -euo pipefail
: "${COMMIT:?the commit to train on}" "${RECIPE:?a name of training/recipes}" "${GITHUB_REPOSITORY:?owner/name}"
: "${SELFSOWN_ADAPTERS:?where adapters are kept: hf:OWNER/NAME}"
: "${SELFSOWN_JOB_KEY:?what the job may do, one NAME=value a line: GITHUB_TOKEN and HF_TOKEN}"
FLAVOR="${FLAVOR:-l4x1}" # `hf jobs hardware` lists them
command -v hf > /dev/null || python3 -m pip install --quiet --constraint constraints.txt huggingface_hub
HF_TOKEN="$(sed -n 's/^HF_TOKEN=//p' <<< "${SELFSOWN_JOB_KEY}")"
export HF_TOKEN

# shellcheck disable=SC2016 # the job's own variables
hf jobs run --detach --flavor "${FLAVOR}" --timeout 12h --name "selfsown-${COMMIT:0:12}" \
  --env COMMIT="${COMMIT}" --env RECIPE="${RECIPE}" --env GITHUB_REPOSITORY="${GITHUB_REPOSITORY}" --env SELFSOWN_ADAPTERS="${SELFSOWN_ADAPTERS}" \
  --env GITHUB_SERVER_URL="${GITHUB_SERVER_URL:-https://github.com}" --env FSDP="${FSDP:-}" --secrets-file - \
  python:3.11 bash -c '
    set -euo pipefail
    git clone --quiet "${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}" selfsown
    cd selfsown
    git checkout --quiet --detach "${COMMIT}"
    exec bash training/jobs/machine/round.sh
  ' <<< "${SELFSOWN_JOB_KEY}"
