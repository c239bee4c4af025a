#!/usr/bin/env bash
# Optional: checks the HTML of sample letters against what mail clients support. mail_clients.sh PATH-OF-LEITAI
# Installs npm's @jsx-email/doiuse-email under target/; not part of tests/run.
set -euo pipefail
here=$(dirname "$(realpath "$0")")
leitai=$(realpath "$1")
modules=$here/../../target/mail-clients
[ -d "$modules/node_modules" ] || npm install --prefix "$modules" --no-save --no-audit --no-fund --silent @jsx-email/doiuse-email@1.0.4
samples=$(mktemp -d -t leitai-clients.XXXXXX)
trap 'rm -rf "$samples"' EXIT
"$leitai" letters samples -o "$samples" >/dev/null
failed=0
for letter in "$samples"/*.eml; do
    echo "$(basename "$letter")"
    python3 - "$letter" >"$samples/letter.html" <<'PYTHON'
import email, email.policy, sys
with open(sys.argv[1], "rb") as file:
    print(email.message_from_binary_file(file, policy=email.policy.default).get_body(("html",)).get_content())
PYTHON
    node "$here/mail_clients.mjs" "$samples/letter.html" "$modules" || failed=1
done
exit "$failed"
