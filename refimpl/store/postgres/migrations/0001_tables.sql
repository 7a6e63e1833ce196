-- What objects hold. The rows of a hot object are rewritten many times a second:
-- free space in the page lets a new version stay beside the old one (HOT), and
-- no index but the key's may exist, or it would be rewritten too.
create table entries (
	object bytea    not null,
	key    bytea    not null,
	codec  smallint not null,
	value  bytea    not null,
	primary key (object, key),
	constraint key_length check (octet_length(key) <= 2048)
) with (
	fillfactor = 75,
	autovacuum_vacuum_scale_factor = 0.02,
	autovacuum_vacuum_threshold = 1000,
	autovacuum_analyze_scale_factor = 0.1
);

-- Alarms have a table of their own, so that the index on their times costs
-- values nothing.
create table alarms (
	object bytea primary key,
	region text collate "C" not null,
	slot   integer not null,
	at     timestamptz not null
) with (fillfactor = 75, autovacuum_vacuum_scale_factor = 0.02);

create index alarms_due on alarms (region, at);

-- Only the holder of a slot's advisory lock writes its row. was_clean and
-- was_session are what clean and session were before the last acquisition.
create table slots (
	region      text collate "C" not null,
	slot        integer not null,
	epoch       bigint  not null,
	clean       boolean not null,
	was_clean   boolean not null,
	session     bigint  not null,
	was_session bigint,
	acquired_at timestamptz not null,
	primary key (region, slot)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);

-- One row per open session; a beat rewrites it. Who acquires a slot that was not
-- released marks the session before as fenced, and that one commits no more.
create table sessions (
	id        bigint generated always as identity primary key,
	region    text not null,
	node      text not null,
	pid       integer not null,
	fenced    boolean not null default false,
	opened_at timestamptz not null default clock_timestamp(),
	beat      timestamptz not null default clock_timestamp()
) with (fillfactor = 25, autovacuum_vacuum_scale_factor = 0.05);

-- Where objects live. The insert of a row is the placement decision.
create table objects (
	id        bytea primary key,
	class     text not null,
	name      bytea not null,
	home      text not null,
	placed_at timestamptz not null default now()
);

-- What was decided for the schema's whole life.
create table shape (
	single boolean primary key default true check (single),
	slots  integer not null
);
