#!/usr/bin/env bash
# Optional: sample letters of every tier under SpamAssassin's local rules. spam.sh PATH-OF-LEITAI
# Each must stay below 1 point (5 is spam). Installs spamassassin from Debian where it may; not part of tests/run.
set -euo pipefail
leitai=$(realpath "$1")
if ! command -v spamassassin >/dev/null; then
    [ "$(id -u)" = 0 ] || { echo "spam.sh: install spamassassin first" >&2; exit 1; }
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends spamassassin >/dev/null
fi
samples=$(mktemp -d -t leitai-spam.XXXXXX)
trap 'rm -rf "$samples"' EXIT
"$leitai" letters samples -o "$samples" >/dev/null

# As a receiving server sees it, with the trace of one relay at the time of sending; that the relay is a trusted one earns no points.
received() {
    printf 'Received: from mail.heilongjiang.example (mail.heilongjiang.example [10.1.1.5])\r\n'
    printf '\tby mx.county.example with ESMTPS id 1; Fri, 18 Jul 2025 00:00:01 +0000\r\n'
    cat "$1"
}
failed=0
for letter in "$samples"/*.eml; do
    status=$(received "$letter" | spamassassin -L -t --cf='score ALL_TRUSTED 0' 2>/dev/null | sed -n '/^X-Spam-Status:/,/^[^ \t]/p' | tr -d '\n')
    score=$(sed -n 's/.*score=\(-\{0,1\}[0-9.]*\).*/\1/p' <<<"$status")
    rules=$(sed -n 's/.*tests=\([A-Z0-9_, \t]*\).*/\1/p' <<<"$status" | tr -d ' \t')
    echo "$(basename "$letter"): ${score:-no score} ${rules%autolearn}"
    awk -v score="${score:-99}" 'BEGIN { exit !(score < 1) }' || failed=1
done
exit "$failed"
