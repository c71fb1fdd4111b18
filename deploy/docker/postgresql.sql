-- For compose.engines.yaml: run once by the image, as the server's own user, when its volume is empty. The passwords stay out of command lines.
\set weir `cat /run/secrets/postgresql-weir`
\set grafana `cat /run/secrets/postgresql-grafana`
CREATE ROLE weir LOGIN PASSWORD :'weir';
CREATE ROLE grafana LOGIN PASSWORD :'grafana';
CREATE DATABASE weir OWNER weir;
\connect weir
-- The executors' schema. Grafana reads what weir makes in it; the coordinators' store, weir_store, it does not.
CREATE SCHEMA weir AUTHORIZATION weir;
GRANT USAGE ON SCHEMA weir TO grafana;
ALTER DEFAULT PRIVILEGES FOR ROLE weir IN SCHEMA weir GRANT SELECT ON TABLES TO grafana;
