package primitive

import (
	"errors"
	"time"
)

// way is one usual way to write a class on a primitive.
type way struct {
	class, primitive, variant string
	run                       func(*worker) Step
}

// ways are all that there are. The first of a class on a primitive is its
// default: the best that it can do, or, of banks on KV, what people write first.
func ways() []way {
	return []way{
		{"counter", "kv", "read-modify-write", stored(kvCell)},
		{"counter", "kv", "read-modify-write+retry", stored(kvInsisting)},
		{"counter", "d1", "one-statement", oneStatement(Session{})},
		{"counter", "d1", "one-statement+replica", oneStatement(Session{Anywhere: true})},
		{"counter", "d1", "one-statement+bookmark", bookmarked(oneStatement)},
		{"counter", "d1", "two-statements", stored(d1Cell(Session{}))},
		{"counter", "d1", "two-statements+replica", stored(d1Cell(Session{Anywhere: true}))},
		{"counter", "d1", "two-statements+bookmark", bookmarked(storedAt)},
		{"counter", "r2", "compare-and-set", stored(r2Cell(true))},
		{"counter", "r2", "read-modify-write", stored(r2Cell(false))},
		{"counter", "do+kv", "write-through", throughKV(true)},
		{"counter", "do+kv", "cache-aside", throughKV(false)},

		{"limiter", "kv", "read-modify-write", stored(kvOpen)},
		{"limiter", "kv", "wait-until", waitUntil},
		{"limiter", "kv", "fail-closed", stored(kvCell)},
		{"limiter", "d1", "one-statement", oneStatement(Session{})},
		{"limiter", "d1", "two-statements", stored(d1Cell(Session{}))},
		{"limiter", "d1", "two-statements+replica", stored(d1Cell(Session{Anywhere: true}))},
		{"limiter", "d1", "two-statements+bookmark", bookmarked(storedAt)},
		{"limiter", "r2", "compare-and-set", stored(r2Cell(true))},
		{"limiter", "r2", "read-modify-write", stored(r2Cell(false))},
		{"limiter", "do+kv", "cached-refusals", cachedRefusals},

		{"account", "kv", "two-keys", twoKeys},
		{"account", "kv", "one-value", document(kvCell)},
		{"account", "d1", "transaction", transaction(Session{})},
		{"account", "d1", "transaction+replica", transaction(Session{Anywhere: true})},
		{"account", "d1", "two-statements", document(d1Cell(Session{}))},
		{"account", "r2", "compare-and-set", document(r2Cell(true))},
		{"account", "r2", "read-modify-write", document(r2Cell(false))},

		{"chat", "kv", "message-keys", messageKeys(ServiceKV)},
		{"chat", "kv", "one-value", stored(kvCell)},
		{"chat", "kv", "one-value+retry", stored(kvInsisting)},
		{"chat", "d1", "one-statement", oneStatement(Session{})},
		{"chat", "d1", "one-statement+replica", oneStatement(Session{Anywhere: true})},
		{"chat", "d1", "one-statement+bookmark", bookmarked(oneStatement)},
		{"chat", "d1", "two-statements", stored(d1Cell(Session{}))},
		{"chat", "r2", "message-keys", messageKeys(ServiceR2)},
		{"chat", "r2", "compare-and-set", stored(r2Cell(true))},
		{"chat", "r2", "read-modify-write", stored(r2Cell(false))},
		{"chat", "do+kv", "cache-aside", throughKV(false)},
		{"chat", "do+kv", "write-through", throughKV(true)},
	}
}

// cell is where a value is kept, and how it is read and written.
type cell struct {
	read  func(w *worker) Op
	write func(w *worker, next Value, seen Result) Op
	// compares says that a write may find that another came before it.
	compares bool
	// insists says that a write that was refused is repeated as it is, as client libraries do.
	insists bool
	// open says that a write that was refused does not matter to the reply.
	open bool
}

func kvCell() cell {
	return cell{
		read: func(w *worker) Op {
			return Op{Service: ServiceKV, Verb: Get, Key: w.ask.Object, TTL: w.options.CacheTTL}
		},
		write: func(w *worker, next Value, _ Result) Op {
			return Op{Service: ServiceKV, Verb: Put, Key: w.ask.Object, Value: next}
		},
	}
}

func d1Cell(s Session) func() cell {
	return func() cell {
		return cell{
			read: func(w *worker) Op {
				return Op{Service: ServiceD1, Verb: Select, Key: w.ask.Object, Session: s}
			},
			write: func(w *worker, next Value, _ Result) Op {
				return Op{Service: ServiceD1, Verb: Upsert, Key: w.ask.Object, Value: next, Session: s}
			},
		}
	}
}

func r2Cell(compares bool) func() cell {
	return func() cell {
		return cell{
			compares: compares, insists: !compares,
			read: func(w *worker) Op {
				return Op{Service: ServiceR2, Verb: Get, Key: w.ask.Object}
			},
			write: func(w *worker, next Value, seen Result) Op {
				guard := Guard{On: compares, ETag: seen.ETag}
				return Op{Service: ServiceR2, Verb: Put, Key: w.ask.Object, Value: next, Guard: guard}
			},
		}
	}
}

// kvInsisting repeats a write that came too soon after another.
func kvInsisting() cell {
	c := kvCell()
	c.insists = true
	return c
}

// kvOpen lets a client in whose token could not be taken.
func kvOpen() cell {
	c := kvCell()
	c.open = true
	return c
}

// bookmarked gives each operation the bookmark that its client brought.
func bookmarked(at func(Session) func(*worker) Step) func(*worker) Step {
	return func(w *worker) Step { return at(Session{Anywhere: true, Bookmark: w.bookmark})(w) }
}

func storedAt(s Session) func(*worker) Step { return stored(d1Cell(s)) }

// stored reads the value, changes it, and writes it back: wherever values are
// stored, whatever the class.
func stored(c func() cell) func(*worker) Step {
	return func(w *worker) Step { return readModifyWrite(w, c(), logicOf(w.way.class)) }
}

func readModifyWrite(w *worker, c cell, l logic) Step {
	return w.call(c.read(w), func(seen Result, err error) Step {
		if err != nil {
			return w.fail(err)
		}
		if w.reads() {
			return w.done(l.show(seen))
		}
		next, reply, write := l.change(w, seen)
		if !write {
			return w.done(reply)
		}
		return w.write(c, c.write(w, next, seen), reply, func() Step { return readModifyWrite(w, c, l) })
	})
}

// write writes, and tries again as the cell says: again from the start, or the same write.
func (w *worker) write(c cell, op Op, reply Done, again func() Step) Step {
	w.attempts++
	return w.call(op, func(r Result, err error) Step {
		more := w.attempts < w.options.Attempts
		switch {
		case r.Kept || c.open && err != nil:
			return w.done(reply)
		case c.compares && more:
			return w.pause(w.backoff(), again)
		case c.insists && more:
			return w.pause(w.backoff(), func() Step { return w.write(c, op, reply, again) })
		case err != nil:
			return w.fail(err)
		}
		return w.fail(errOutrun)
	})
}

// errOutrun is why a Worker gives up that others were always faster.
var errOutrun = errors.New("compare-and-set: another write came first each time")

// backoff draws a pause below a bound that doubles with each attempt.
func (w *worker) backoff() time.Duration {
	bound := min(w.options.Backoff<<min(w.attempts-1, 16), w.options.LongestBackoff)
	return time.Duration(w.options.Random.Int64N(int64(bound)) + 1)
}
