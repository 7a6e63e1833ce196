package virtual

import (
	"errors"
	"net/http"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/refimpl/actor"
	"github.com/durabench/durabench/refimpl/object"
)

// stage is where a request is on its way.
type stage uint8

const (
	arriving  stage = iota // on its way to the home
	landed                 // its node has it, and may be too busy or too dead to read it
	returning              // the reply is on its way to the edge
	received               // the client has it
)

// request is one HTTP request, or one event of a WebSocket. There are thousands under
// way, more than a processor's nearest cache holds: what a stage asks for lies
// together, and what need not be kept with a request is not.
type request struct {
	stage    stage
	gone     bool // the client has given up
	kind     actor.Kind
	hops     uint8 // times that it was sent after its object
	line     *line
	node     *node // that its connection goes to; nil before it has one
	edge     *edge
	identity *object.Identity
	to       *routed // of one that an edge takes
	reply    *object.Response
	member   *member // of a chat's joins and messages

	asked, arrived, loaded, began, ended, released time.Duration

	epoch uint64
	cause error
	then  func(*world, *request) // of a Worker that called the object
	visit *visit                 // of an object that called the object
	work  *actor.Work            // of a socket's message or end; that of others is made when it begins
	obs   *loadgen.Observation   // of the load's own, made when it ends

	movedTo *home    // where the object is said to live, or served it, if it was sent after it
	pursuit *pursuit // that the answer goes back through
	door    *node    // that the edge's connection goes to, if another node answered

	method string
	body   []byte
	plea
}

// plea is what is known of an operation of the load when it is asked for.
type plea struct {
	seq       uint64
	client    int
	object    string
	operation loadgen.Operation
	sent      time.Duration
}

// found goes on once the edge knows the home.
func (q *request) found(w *world, l *line) {
	q.identity = q.to.identity
	if q.gone {
		return
	}
	q.line = l
	q.kind = actor.Fetch
	q.asked = w.now
	q.line.carry(w, q)
}

// depart puts the request on the network.
func (q *request) depart(w *world) {
	q.node = q.line.node
	q.stage = arriving
	w.after(q.line.path.delay(out)+w.Profile.Forward.draw(q.edge.random), q)
}

func (q *request) fire(w *world) {
	switch q.stage {
	case arriving:
		if !q.line.path.stops(out, q) {
			q.stage = landed
			q.land(w)
		}
	case landed:
		q.land(w)
	case returning:
		if q.line.path.stops(in, q) {
			return
		}
		q.line.back(w, q)
		if q.movedTo != nil {
			q.edge.learn(q.to.number, q.movedTo)
		}
		if q.cameLate() {
			q.resend(w)
			return
		}
		q.stage = received
		w.after(w.Profile.Return.draw(q.edge.random), q)
	case received:
		switch {
		case q.then != nil:
			q.then(w, q)
		case q.member != nil:
			q.member.joined(w, q)
		default:
			w.load.done(w, q)
		}
	}
}

func (q *request) again(w *world, takes time.Duration) { w.after(takes, q) }

// land gives the request to its node.
func (q *request) land(w *world) {
	switch {
	case q.node.dead:
		q.abandon(w)
	case q.node.deaf(q):
	default:
		q.arrived = w.now
		q.node.shardOf(q.identity.ID).put(q)
	}
}

// abandon is what becomes of a request whose node dies.
func (q *request) abandon(w *world) {
	if q.kind == actor.Fetch {
		q.answered(w, nil, errGone)
	}
}

// bounce is an answer of the edge's own.
func (q *request) bounce(w *world, cause error) {
	q.cause, q.stage = cause, received
	w.after(w.Profile.Return.draw(q.edge.random), q)
}

// ran notes when the turn was. Loaded is when its object came to life.
func (q *request) ran(began, ended, loaded time.Duration) {
	q.began, q.ended = max(began, q.arrived), ended
	if loaded > q.arrived {
		q.loaded = loaded
		q.began = max(q.began, loaded)
	}
}

// answered sends the reply, or the refusal, back.
func (q *request) answered(w *world, reply *object.Response, cause error) {
	if q.visit != nil {
		q.visit.served(w, reply, nil, cause)
		return
	}
	q.reply, q.cause, q.released = reply, cause, w.now
	if cause == nil && q.hops > 0 {
		q.movedTo = q.node.home
	}
	q.goBack(w)
}

// goBack sends the answer on towards the edge.
func (q *request) goBack(w *world) {
	if q.back(w) {
		return
	}
	q.stage = returning
	if q.member != nil && q.reply != nil && q.reply.Status == http.StatusSwitchingProtocols {
		q.member.accepted(w, q)
		return
	}
	w.after(q.line.path.delay(in), q)
}

// budget splits the latency into its parts.
func (q *request) budget(done time.Duration) loadgen.Budget {
	var b loadgen.Budget
	b[loadgen.Wait] = q.obs.Sent - q.obs.Scheduled
	b[loadgen.Route] = q.asked - q.obs.Sent
	if q.ended > 0 {
		b[loadgen.Queue] = q.began - q.arrived
		if q.loaded > 0 {
			b[loadgen.Activate] = q.loaded - q.arrived
			b[loadgen.Queue] = q.began - q.loaded
		}
		b[loadgen.Turn] = q.ended - q.began
		b[loadgen.Commit] = q.released - q.ended
	} else {
		b[loadgen.Queue] = q.released - q.arrived
	}
	home := q.released - q.arrived
	b[loadgen.WAN] = done - q.asked - home
	return b
}

// settle fills the observation in, as a live client would see the reply.
func (q *request) settle(source loadgen.Source, now time.Duration) {
	o := q.obs
	o.Done = now
	o.Server = q.server()
	if q.cause != nil {
		o.Reply.Error = q.cause.Error()
		o.Outcome = outcomeOf(q.cause, o.Operation.Kind)
		return
	}
	reply, err := source.Decode(o.Operation.Kind, q.reply.Status, q.reply.Body)
	reply.Status = q.reply.Status
	o.Reply, o.Outcome, o.Budget = reply, loadgen.OK, q.budget(now)
	switch {
	case err != nil, q.reply.Status >= 500:
		o.Outcome = loadgen.Unknown
		if o.Operation.Kind == loadgen.Read {
			o.Outcome = loadgen.Failed
		}
		if err != nil {
			o.Reply.Error = err.Error()
		}
	}
}

// server is who answered; nobody if the edge did for want of an answer.
func (q *request) server() loadgen.Server {
	if q.node == nil || errors.Is(q.cause, errGone) {
		return loadgen.Server{}
	}
	return loadgen.Server{Home: q.node.home.id, Node: q.node.name, Epoch: q.epoch, Moved: q.movedTo != nil}
}

// outcomeOf is what a client may conclude from a refusal: only some are certain
// to have had no effect.
func outcomeOf(cause error, kind loadgen.Kind) loadgen.Outcome {
	switch {
	case kind == loadgen.Read:
		return loadgen.Failed
	case errors.Is(cause, actor.ErrUnknownOutcome): // whatever else it is
		return loadgen.Unknown
	case errors.Is(cause, actor.ErrOverloaded), errors.Is(cause, actor.ErrRetryable), errors.Is(cause, actor.ErrNotOwner):
		return loadgen.Failed
	}
	return loadgen.Unknown
}
