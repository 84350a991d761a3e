-- Create Casebook's roles and its database: with psql (15 or newer) as a superuser, once on the primary.
-- casebook_loader migrates, loads and owns all tables; casebook_reader can only read; standbys replicate as casebook_standby.
\getenv loader CASEBOOK_LOADER_PASSWORD
\getenv reader CASEBOOK_READER_PASSWORD
\getenv standby CASEBOOK_STANDBY_PASSWORD

CREATE ROLE casebook_loader LOGIN PASSWORD :'loader';
CREATE ROLE casebook_reader LOGIN PASSWORD :'reader';
ALTER ROLE casebook_reader SET default_transaction_read_only = on;
CREATE ROLE casebook_standby LOGIN REPLICATION PASSWORD :'standby';

CREATE DATABASE casebook OWNER casebook_loader ENCODING 'UTF8' TEMPLATE template0;
REVOKE ALL ON DATABASE casebook FROM PUBLIC;
GRANT CONNECT ON DATABASE casebook TO casebook_reader;

\connect casebook
ALTER DEFAULT PRIVILEGES FOR ROLE casebook_loader GRANT SELECT ON TABLES TO casebook_reader;
