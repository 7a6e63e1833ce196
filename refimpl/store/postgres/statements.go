package postgres

import "strings"

// statement is one prepared statement of a session.
type statement struct{ name, sql string }

// asserted is true unless another session took a slot from this one ($1) without
// its release, and then fails with SQLSTATE 22012 (division by zero), which
// nothing else here can raise: an error is what makes the server drop the whole
// transaction without being asked again. It depends on no row, so it is computed
// once.
//
// A batch's epochs are compared with the session's own before anything is sent.
// What is left to ask is whether those are still current, and for that one row
// is enough; to join the batch's leases with the slots table says the same for
// two to ten times the price (measured: 50 us for one row, 400 us for 256).
const asserted = `1 / coalesce((select 1 from @.sessions where id = $1 and not fenced), 0) = 1`

const upsertOne = `insert into @.entries (object, key, codec, value)
	select $2::bytea, $3::bytea, $4::smallint, $5::bytea where ` + asserted + onConflict

const upsertMany = `insert into @.entries (object, key, codec, value)
	select object, key, codec, value from unnest($2::bytea[], $3::bytea[], $4::smallint[], $5::bytea[]) as w(object, key, codec, value)
	where ` + asserted + onConflict

const onConflict = ` on conflict (object, key) do update set codec = excluded.codec, value = excluded.value`

// sessionStatements is all that a session ever says.
func sessionStatements(schema string) []statement {
	return inSchema(schema, []statement{
		{"begin", "begin"},
		{"rollback", "rollback"},
		{"assert", "select " + asserted},
		{"upsert one", upsertOne},
		{"upsert", upsertMany},
		{"wipe", "delete from @.entries where object = any($1::bytea[])"},
		{"delete", `delete from @.entries e using unnest($1::bytea[], $2::bytea[]) as w(object, key)
			where e.object = w.object and e.key = w.key`},
		{"alarm", `insert into @.alarms (region, object, slot, at)
			select $1, w.* from unnest($2::bytea[], $3::integer[], $4::timestamptz[]) as w
			on conflict (object) do update set region = excluded.region, slot = excluded.slot, at = excluded.at`},
		{"unalarm", "delete from @.alarms where object = any($1::bytea[])"},

		{"open", "insert into @.sessions (region, node, pid) values ($1, $2, pg_backend_pid()) returning id"},
		{"tidy", "delete from @.sessions where beat < now() - interval '1 day'"},
		{"beat", "update @.sessions set beat = clock_timestamp() where id = $1"},
		{"leave", "delete from @.sessions where id = $1"},
		// Locking and reading are never one statement: a statement sees the table as
		// it was when it began, which may be before it got the lock.
		{"lock", "select slot, pg_try_advisory_lock($1::bigint | slot) from unnest($2::integer[]) as slot"},
		{"raise", `insert into @.slots as s (region, slot, epoch, clean, was_clean, session, acquired_at)
			select $1, slot, 1, false, true, $2, clock_timestamp() from unnest($3::integer[]) as slot
			on conflict (region, slot) do update set epoch = s.epoch + 1, was_clean = s.clean, clean = false,
				was_session = s.session, session = excluded.session, acquired_at = excluded.acquired_at
			returning slot, epoch, was_clean`},
		{"fence", `update @.sessions set fenced = true where not fenced and id in
			(select was_session from @.slots where region = $1 and slot = any($2::integer[]) and not was_clean)`},
		{"clean", "update @.slots set clean = true where region = $1 and slot = any($2::integer[]) and session = $3"},
		{"unlock", "select pg_advisory_unlock($1::bigint | slot) from unnest($2::integer[]) as slot"},
		{"load", "select object, key, codec, value from @.entries where object = any($1::bytea[]) order by object, key"},
		{"alarmed", "select object, at from @.alarms where object = any($1::bytea[])"},
		{"elsewhere", "select id, home from @.objects where id = any($1::bytea[]) and home <> $2"},
		// One statement is one transaction's worth: home and alarm change together.
		{"move", `with moved as (update @.objects set home = $4 where id = $2::bytea and home = $3 and ` + asserted + ` returning id)
			, alarm as (update @.alarms a set region = $4 from moved where a.object = moved.id)
			select 1 from moved`},
		{"due", `select a.object, a.at, coalesce(o.class, ''), coalesce(o.name, '')
			from @.alarms a left join @.objects o on o.id = a.object
			where a.region = $1 and a.at < $2 and a.slot = any($3::integer[])
			order by a.at, a.object limit $4`},
	})
}

func directoryStatements(schema string) []statement {
	return inSchema(schema, []statement{
		{"place", `insert into @.objects (id, class, name, home)
			select * from unnest($1::bytea[], $2::text[], $3::bytea[], $4::text[]) on conflict (id) do nothing`},
		{"home", "select id, home from @.objects where id = any($1::bytea[])"},
	})
}

// inSchema puts the schema's quoted name where statements have an @.
func inSchema(schema string, statements []statement) []statement {
	for i := range statements {
		statements[i].sql = strings.ReplaceAll(statements[i].sql, "@", schema)
	}
	return statements
}
