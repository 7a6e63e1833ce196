package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
	"github.com/durabench/durabench/refimpl/store/postgres"
)

// one is an object and a batch that sets its only entry, under leases of all slots.
func one(t testing.TB, session *postgres.Session, value string) *store.Batch {
	t.Helper()
	slots := make([]store.Slot, 16)
	for i := range slots {
		slots[i] = store.Slot(i)
	}
	leases, err := session.Acquire(t.Context(), slots)
	if err != nil {
		t.Fatal(err)
	}
	write := store.Write{Object: object.ID{7}, Key: "k", Value: object.Value{Data: []byte(value)}}
	return &store.Batch{Leases: leases, Writes: []store.Write{write}}
}

// The locks have failed here: somebody took a slot that is still held. What is
// left is the tripwire.
func TestTripwireHoldsWhereLocksFail(t *testing.T) {
	dsn, config := ground(t)
	zombie := openSession(t, openStore(t, dsn, config))
	batch := one(t, zombie, "before")
	if err := zombie.Commit(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	for _, take := range []string{
		"update @.slots set epoch = epoch + 1, was_clean = clean, was_session = session, session = 0 where slot = 3",
		"update @.sessions set fenced = true where id in (select was_session from @.slots where not was_clean)",
	} {
		query(t, strings.ReplaceAll(take, "@", in(config)))
	}
	batch.Writes[0].Value.Data = []byte("after")
	many := &store.Batch{Leases: batch.Leases, Wipes: []object.ID{{7}}, Writes: append(batch.Writes,
		store.Write{Object: object.ID{8}, Key: "k"}, store.Write{Object: object.ID{9}, Key: "k", Deleted: true})}
	alarm := &store.Batch{Leases: batch.Leases, Alarms: []store.AlarmWrite{{Object: object.ID{7}, At: time.Now()}}}
	for story, late := range map[string]*store.Batch{"one row": batch, "all kinds of rows": many, "an alarm alone": alarm} {
		if err := zombie.Commit(t.Context(), late); !errors.Is(err, store.ErrFenced) {
			t.Errorf("%s: commit of a session whose slot was taken gave %v, want %v", story, err, store.ErrFenced)
		}
	}
	got := query(t, fmt.Sprintf("select string_agg(convert_from(value, 'UTF8'), ' ') || (select count(*) from %s.alarms) from %s.entries", in(config), in(config)))
	if got[0] != "before0" {
		t.Errorf("kept %q, want the first commit and no alarm", got[0])
	}
}

func TestTakeoverFencesTheOwnerBefore(t *testing.T) {
	dsn, config := ground(t)
	s := openStore(t, dsn, config)
	lost, released := openSession(t, s), openSession(t, s)
	if _, err := lost.Acquire(t.Context(), []store.Slot{1}); err != nil {
		t.Fatal(err)
	}
	if _, err := released.Acquire(t.Context(), []store.Slot{2}); err != nil {
		t.Fatal(err)
	}
	terminate(t, lost)
	if err := released.Release(t.Context(), []store.Slot{2}); err != nil {
		t.Fatal(err)
	}
	if err := openSession(t, s).Commit(t.Context(), &store.Batch{}); err != nil {
		t.Fatal(err)
	}
	if _, err := openSession(t, s).Acquire(t.Context(), []store.Slot{1, 2}); err != nil {
		t.Fatal(err)
	}
	got := query(t, fmt.Sprintf("select fenced::text from %s.sessions where pid in (%d, %d) order by id", in(config), lost.PID(), released.PID()))
	if strings.Join(got, " ") != "true false" {
		t.Errorf("fenced are %v, want the lost session and not the one that released", got)
	}
}

// A server that does not answer must cost a bounded time, and then the session.
func TestSilenceEndsTheSession(t *testing.T) {
	dsn, config := ground(t)
	config.Patience = 300 * time.Millisecond
	session := openSession(t, openStore(t, dsn, config))
	batch := one(t, session, "v")
	locker, err := pgconn.Connect(t.Context(), cluster.dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = locker.Close(t.Context()) }()
	if _, err := locker.Exec(t.Context(), "begin; lock table "+in(config)+".entries").ReadAll(); err != nil {
		t.Fatal(err)
	}
	if err := session.Commit(t.Context(), batch); !errors.Is(err, store.ErrLost) {
		t.Errorf("commit that cannot proceed gave %v, want %v", err, store.ErrLost)
	}
	if err := session.Beat(t.Context()); !errors.Is(err, store.ErrLost) {
		t.Errorf("beat afterwards gave %v, want %v", err, store.ErrLost)
	}
}

// A network that swallows all replies is noticed by the session's own deadline.
func TestSilentNetworkEndsTheSession(t *testing.T) {
	dsn, config := ground(t)
	var dead atomic.Bool
	config.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, address)
		return &deaf{conn, &dead}, err
	}
	config.Patience = 200 * time.Millisecond
	config.Idle = time.Minute // the server would not notice for long
	session := openSession(t, openStore(t, dsn, config))
	batch := one(t, session, "v")
	dead.Store(true)
	if err := session.Commit(t.Context(), batch); !errors.Is(err, store.ErrLost) {
		t.Errorf("commit without a reply gave %v, want %v", err, store.ErrLost)
	}
	heir := openSession(t, openStore(t, dsn, postgres.Config{Schema: config.Schema}))
	for deadline := time.Now().Add(10 * time.Second); ; {
		got, err := heir.Acquire(t.Context(), []store.Slot{0})
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("slot of the lost session is not free (error %v)", err)
		}
		if len(got) == 1 {
			break
		}
	}
	// The outcome was unknown; the heir sees that it was kept.
	got := query(t, "select count(*) from "+in(config)+".entries")
	if got[0] != "1" {
		t.Errorf("%s entries are kept, want the one whose reply was lost", got[0])
	}
}

// deaf is a connection whose replies are lost once it is dead.
type deaf struct {
	net.Conn
	dead *atomic.Bool
}

func (d *deaf) Read(p []byte) (int, error) {
	n, err := d.Conn.Read(p)
	for err == nil && d.dead.Load() {
		n, err = d.Conn.Read(p)
	}
	return n, err
}

func TestIdleSessionsAreEndedUnlessTheyBeat(t *testing.T) {
	dsn, config := ground(t)
	config.Idle = 500 * time.Millisecond
	s := openStore(t, dsn, config)
	silent, beating, heir := openSession(t, s), openSession(t, s), openSession(t, s)
	for slot, session := range []*postgres.Session{silent, beating} {
		if _, err := session.Acquire(t.Context(), []store.Slot{store.Slot(slot)}); err != nil {
			t.Fatal(err)
		}
	}
	// Both talk all the time except the silent one; its slot becomes free.
	for deadline := time.Now().Add(10 * time.Second); ; {
		if err := beating.Beat(t.Context()); err != nil {
			t.Fatal("a session that beats was lost:", err)
		}
		got, err := heir.Acquire(t.Context(), []store.Slot{0, 1})
		if err != nil {
			t.Fatal(err)
		}
		if len(got) == 1 && got[0].Slot == 0 && !got[0].Clean {
			break
		}
		if len(got) != 0 || time.Now().After(deadline) {
			t.Fatalf("heir was granted %+v, want slot 0, uncleanly, within 10 s", got)
		}
	}
	if err := silent.Beat(t.Context()); !errors.Is(err, store.ErrLost) {
		t.Errorf("beat of the silent session gave %v, want %v", err, store.ErrLost)
	}
}

func TestStartOfManyStoresAtOnce(t *testing.T) {
	dsn, config := ground(t)
	errs := make(chan error)
	for range 6 {
		go func() {
			_, err := postgres.Open(t.Context(), dsn, config)
			errs <- err
		}()
	}
	for range 6 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	other := config
	other.Slots = 32
	if _, err := postgres.Open(t.Context(), dsn, other); err == nil || !strings.Contains(err.Error(), "16 slots") {
		t.Errorf("opening with other slots gave %v, want a refusal that says 16", err)
	}
	other.Slots = 0
	if s := openStore(t, dsn, other); s.Slots() != 16 {
		t.Errorf("opening with any slots gave %d, want the schema's 16", s.Slots())
	}
}

func TestUnsafeServersAreRefused(t *testing.T) {
	for _, row := range []struct {
		story     string
		said, lie string // what the server says, and what is heard instead
		slots     int
		want      string
	}{
		{"a pooler invents the process it greets with", "K\x00\x00\x00\x0c\x00", "K\x00\x00\x00\x0c\x01", 16, "pooler"},
		{"a standby", "in_recovery\x00\x00\x00\x05fals", "in_recovery\x00\x00\x00\x05true", 16, "standby"},
		{"an old server", "server_version_num\x00\x00\x00\x061", "server_version_num\x00\x00\x00\x060", 16, "too old"},
		{"locks that are granted twice", "\x00\x0b\x00\x01\x00\x00\x00\x01\x00", "\x00\x0b\x00\x01\x00\x00\x00\x01\x01", 16, "not real"},
		{"a lock table that would fill up", "", "", 40_000, "lock table"},
	} {
		dsn, config := ground(t)
		config.Slots = row.slots
		config.Dial = lying(row.said, row.lie)
		_, err := postgres.Open(t.Context(), dsn, config)
		if !errors.Is(err, store.ErrUnsafe) || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: open gave %v, want %v and %q", row.story, err, store.ErrUnsafe, row.want)
		}
	}
}

// lying dials connections on which one string is heard as another of its length.
func lying(said, lie string) pgconn.DialFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, address)
		return &liar{conn, said, lie}, err
	}
}

type liar struct {
	net.Conn
	said, lie string
}

func (l *liar) Read(p []byte) (int, error) {
	n, err := l.Conn.Read(p)
	if l.said != "" {
		copy(p, strings.ReplaceAll(string(p[:n]), l.said, l.lie))
	}
	return n, err
}
