#!/usr/bin/env bash
# Start a round with SkyPilot, as a managed job: it survives a lost spot machine, and this script does not wait for it.
set -euo pipefail
: "${COMMIT:?the commit to train on}" "${RECIPE:?a name of training/recipes}" "${GITHUB_REPOSITORY:?owner/name}"
: "${SELFSOWN_ADAPTERS:?where adapters are kept: hf:OWNER/NAME}"
# What the job may do, one NAME=value a line; SKYPILOT_API is the address of your API server, with its token.
while IFS='=' read -r name value; do
  if [[ "${name}" =~ ^(GITHUB_TOKEN|HF_TOKEN|SKYPILOT_API)$ ]]; then
    export "${name}=${value}"
  fi
done <<< "${SELFSOWN_JOB_KEY:-}"
unset SELFSOWN_JOB_KEY
: "${GITHUB_TOKEN:?}" "${HF_TOKEN:?}"
command -v sky > /dev/null || python3 -m pip install --quiet skypilot
if [[ -n "${SKYPILOT_API:-}" ]]; then
  sky api login --endpoint "${SKYPILOT_API}"
fi
sky jobs launch --yes --detach-run --name "selfsown-${COMMIT:0:12}" \
  --env COMMIT="${COMMIT}" --env RECIPE="${RECIPE}" --env GITHUB_REPOSITORY="${GITHUB_REPOSITORY}" --env SELFSOWN_ADAPTERS="${SELFSOWN_ADAPTERS}" \
  --env FSDP="${FSDP:-}" --secret GITHUB_TOKEN --secret HF_TOKEN "$(dirname "$0")/machine/skypilot.yaml"
