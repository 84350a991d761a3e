# Allow a standby to stream from this primary. Runs once, when the primary's data directory is initialized.
echo "host replication casebook_standby samenet scram-sha-256" >> "$PGDATA/pg_hba.conf"
