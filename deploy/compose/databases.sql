-- Read once by the image of PostgreSQL, when its volume is empty: one database and one login role for each service, and
-- none that can look into another's (deploy/local/databases.py does the same for the embedded platform).

\connect template1
-- Every database is cloned from this one. Temporal keys on identifiers need it, and only a superuser may.
CREATE EXTENSION IF NOT EXISTS btree_gist;

\connect postgres
REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC;

-- psql reads the password from the secret's file: it stands in no script, no variable and no command line.
\set password `cat /run/secrets/inscriptions_password`
CREATE ROLE inscriptions LOGIN PASSWORD :'password';
CREATE DATABASE inscriptions OWNER inscriptions;

\set password `cat /run/secrets/sessions_password`
CREATE ROLE sessions LOGIN PASSWORD :'password';
CREATE DATABASE sessions OWNER sessions;

\set password `cat /run/secrets/reporting_password`
CREATE ROLE reporting LOGIN PASSWORD :'password';
CREATE DATABASE reporting OWNER reporting;

REVOKE ALL ON DATABASE inscriptions, sessions, reporting FROM PUBLIC;
