-- The two roles of the service's database, by psql as a superuser, connected to that database:
--
--   library_owner  owns the tables: migrations, the first import of a whole library, restores
--   library        the site and its worker: reads and writes rows, and can do nothing else
--
-- Passwords come from DATABASE_OWNER_PASSWORD and DATABASE_PASSWORD. Run again, it mends what
-- differs. The official image runs it once, for a new volume.
\set ON_ERROR_STOP on
\if :{?owner} \else \set owner library_owner \endif
\if :{?site} \else \set site library \endif
\getenv owner_password DATABASE_OWNER_PASSWORD
\getenv site_password DATABASE_PASSWORD
\if :{?owner_password} \else \set owner_password '' \endif
\if :{?site_password} \else \set site_password '' \endif

SELECT least(length(:'owner_password'), length(:'site_password')) < 16
    OR :'owner_password' = :'site_password' AS weak \gset
\if :weak
    DO $$ BEGIN
        RAISE 'DATABASE_OWNER_PASSWORD and DATABASE_PASSWORD must be two passwords of 16 or more.';
    END $$;
\endif

SELECT format('CREATE ROLE %I', name) FROM unnest(ARRAY[:'owner', :'site']) AS name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec
ALTER ROLE :"owner" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS
    PASSWORD :'owner_password';
ALTER ROLE :"site" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS
    PASSWORD :'site_password';

ALTER DATABASE :"DBNAME" OWNER TO :"owner";
REVOKE ALL ON DATABASE :"DBNAME" FROM PUBLIC;
-- Temporary tables: an import compares a file with what is there, and alerts look at what is new.
GRANT CONNECT, TEMPORARY ON DATABASE :"DBNAME" TO :"site";

ALTER SCHEMA public OWNER TO :"owner";
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO :"site";
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO :"site";
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO :"site";
-- What migrations make from now on.
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO :"site";
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA public
    GRANT USAGE, SELECT ON SEQUENCES TO :"site";
