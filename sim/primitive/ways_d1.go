package primitive

import "github.com/durabench/durabench/loadgen"

// oneStatement leaves the whole operation to the database.
func oneStatement(s Session) func(*worker) Step {
	return func(w *worker) Step {
		op := w.statement()
		op.Service, op.Key, op.Session = ServiceD1, w.ask.Object, s
		if !w.reads() {
			w.attempts++
		}
		return w.call(op, func(r Result, err error) Step {
			if err != nil {
				return w.fail(err)
			}
			return w.done(w.answer(r))
		})
	}
}

func (w *worker) statement() Op {
	switch w.ask.Operation.Kind {
	case loadgen.Increment:
		return Op{Verb: Add, Value: Value{Number: 1}}
	case loadgen.Decrement:
		return Op{Verb: Add, Value: Value{Number: -1}}
	case loadgen.Reset:
		return Op{Verb: Upsert}
	case loadgen.Take:
		return Op{Verb: Take, Limit: w.options.Limit}
	case loadgen.Send:
		return Op{Verb: Insert, Message: Message{Client: w.ask.Client, Text: w.ask.Operation.Text}}
	}
	if w.way.class == "chat" {
		return Op{Verb: Latest, Count: w.options.History}
	}
	return Op{Verb: Select}
}

// answer is the reply to what a statement returned.
func (w *worker) answer(r Result) Done {
	switch {
	case w.ask.Operation.Kind == loadgen.Take && !r.Kept:
		return refused()
	case w.ask.Operation.Kind == loadgen.Take:
		return admitted(r.Value)
	case w.ask.Operation.Kind == loadgen.Send:
		return sent(r.Value.Messages[len(r.Value.Messages)-1])
	}
	return logicOf(w.way.class).show(r)
}
