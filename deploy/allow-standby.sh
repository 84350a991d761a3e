# Lets a standby stream from this primary. Run once, when the primary's data are made.
echo "host replication casebook_standby samenet scram-sha-256" >> "$PGDATA/pg_hba.conf"
