#!/usr/bin/env bash
# A standby: copies the primary where it holds nothing yet, then follows it.
set -euo pipefail

if [[ ! -s "$PGDATA/PG_VERSION" ]]; then
  pg_basebackup --dbname="host=primary user=casebook_standby" --pgdata="$PGDATA" \
    --write-recovery-conf --checkpoint=fast
fi
exec postgres -c hot_standby_feedback=on
