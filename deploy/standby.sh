#!/usr/bin/env bash
# Run a standby: copy the primary if the data directory is empty, then stream from it.
set -euo pipefail

if [[ ! -s "$PGDATA/PG_VERSION" ]]; then
  pg_basebackup --dbname="host=primary user=casebook_standby" --pgdata="$PGDATA" \
    --write-recovery-conf --checkpoint=fast
fi
exec postgres -c hot_standby_feedback=on
