package primitive

import (
	"time"

	"github.com/durabench/durabench/loadgen"
)

// waitUntil decides by what it read, replies, and writes afterwards.
func waitUntil(w *worker) Step {
	c := kvCell()
	return w.call(c.read(w), func(seen Result, err error) Step {
		if err != nil {
			return w.fail(err)
		}
		next, reply, write := changeBucket(w, seen)
		if write {
			w.attempts++
			reply.Later = []Op{c.write(w, next, seen)}
		}
		return w.done(reply)
	})
}

// messageKeys stores each message under a key of its own: nothing is written
// twice. In KV the text is the key's metadata, so that one list reads a page of
// them; in R2 each text is one more get.
func messageKeys(s Service) func(*worker) Step {
	return func(w *worker) Step {
		if !w.reads() {
			w.attempts++
			m := w.message()
			return w.call(Op{Service: s, Verb: Put, Key: w.ask.Object, Message: m}, func(_ Result, err error) Step {
				if err != nil {
					return w.fail(err)
				}
				return w.done(sent(m))
			})
		}
		return w.call(Op{Service: s, Verb: List, Key: w.ask.Object, Count: w.options.History}, func(r Result, err error) Step {
			if err != nil {
				return w.fail(err)
			}
			if s == ServiceKV || len(r.Value.Messages) == 0 {
				return w.done(listed(r.Value.Messages))
			}
			return w.fetch(s, r.Value.Messages)
		})
	}
}

func (w *worker) fetch(s Service, messages []Message) Step {
	names := make([]string, len(messages))
	for i, m := range messages {
		names[i] = m.ID
	}
	return w.call(Op{Service: s, Verb: GetAll, Key: w.ask.Object, Names: names}, func(r Result, err error) Step {
		if err != nil {
			return w.fail(err)
		}
		return w.done(listed(r.Value.Messages))
	})
}

// throughKV writes to the object and reads through KV: the hybrid. Each write's
// new value goes to KV too, after the reply, or (aside) only what a read missed there.
func throughKV(everyWrite bool) func(*worker) Step {
	return func(w *worker) Step {
		if !w.reads() {
			return w.forward(everyWrite)
		}
		return w.call(kvCell().read(w), func(r Result, err error) Step {
			if err == nil && r.Found {
				return w.done(logicOf(w.way.class).show(r))
			}
			return w.forward(true)
		})
	}
}

// forward asks the object, and may put what the object holds into KV. A put that
// KV refuses is forgotten, so each has an end: the next read after it asks the object again.
func (w *worker) forward(put bool) Step {
	if !w.reads() {
		w.attempts++
	}
	return w.call(Op{Service: Object, Verb: Forward, Key: w.ask.Object, Ask: &w.ask}, func(r Result, err error) Step {
		if err != nil {
			return w.fail(err)
		}
		d := Done{Outcome: r.Outcome, Reply: r.Reply}
		if r.Outcome == loadgen.OK && put {
			d.Later = []Op{{Service: ServiceKV, Verb: Put, Key: w.ask.Object, Value: r.Value, TTL: w.options.CacheLife}}
		}
		if r.Outcome == loadgen.OK && w.reads() {
			d.Listed = r.Value.Messages
		}
		return w.done(d)
	})
}

// cachedRefusals keeps in KV until when a client is refused, so that a flood is
// turned away at its own edge. Everybody else asks the object.
func cachedRefusals(w *worker) Step {
	return w.call(kvCell().read(w), func(r Result, err error) Step {
		if err == nil && r.Found && w.now < r.Value.At {
			return w.done(refused())
		}
		w.attempts++
		return w.call(Op{Service: Object, Verb: Forward, Key: w.ask.Object, Ask: &w.ask}, func(r Result, err error) Step {
			if err != nil {
				return w.fail(err)
			}
			d := Done{Outcome: r.Outcome, Reply: r.Reply}
			if r.Outcome == loadgen.OK && !r.Reply.Allowed {
				d.Later = []Op{w.refuseUntil(w.now + w.options.Limit.retryAfter())}
			}
			return w.done(d)
		})
	})
}

func (w *worker) refuseUntil(until time.Duration) Op {
	return Op{Service: ServiceKV, Verb: Put, Key: w.ask.Object, Value: Value{At: until}, TTL: w.options.CacheLife}
}
