package virtual

import (
	"errors"
	"time"

	"github.com/durabench/durabench/refimpl/actor"
)

// pursuit is a request, or another object's call, that came to a home which its
// object has left: it goes after it. Where to, the old home remembers, or else asks
// the directory.
//
//	edge ──> old home ──perhaps──> directory
//	              └──────────> new home ──> old home ──> edge
type pursuit struct {
	request *request
	from    *shard
	ways    *trunk
	stage   pursuitStage
	to      *home
	entry   *node    // that the request had come to
	before  *pursuit // of the same request
	// remembered: it went where the old home knew the object to have gone.
	remembered bool
}

type pursuitStage uint8

const (
	asksDirectory pursuitStage = iota
	hearsDirectory
	goesAfter
	comesBack
)

// maxHops bounds how often a request is sent after its object.
const maxHops = 8

// follow sends what the core refused because the object lives elsewhere after it.
func (s *shard) follow(q *request) {
	p := &pursuit{request: q, from: s}
	if d := s.departing[q.identity.ID]; d != nil {
		d.waiting = append(d.waiting, p)
		return
	}
	p.track(s.w)
}

// track goes where the shard last knew the object to be. Two homes may each remember it
// in the other, so who was sent on already asks the directory, and so does who will not
// be sent on from here, a call or an upgrade: they would go to and fro for ever.
func (p *pursuit) track(w *world) {
	q, s := p.request, p.from
	at := s.trail[q.identity.ID]
	if at == nil || q.hops > 0 || q.visit != nil || q.member != nil || s.node.dead {
		p.ask(w)
		return
	}
	p.to, p.remembered = at, true
	p.pursue(w)
}

func (p *pursuit) ask(w *world) {
	p.stage = asksDirectory
	p.ways = w.trunkOf(p.from.node.home.id, w.Directory, finding)
	w.after(p.ways.path.delay(out), p)
}

func (p *pursuit) fire(w *world) {
	direction := out
	if p.stage == hearsDirectory || p.stage == comesBack {
		direction = in
	}
	if p.ways.path.stops(direction, p) {
		return
	}
	switch p.stage {
	case asksDirectory:
		if w.down > 0 {
			w.after(lookAgain, p)
			return
		}
		p.stage, p.to = hearsDirectory, w.whereIs(*p.request.identity, p.from.node.home.id)
		w.after(p.ways.path.delay(in)+w.Profile.Load.draw(p.from.random), p)
	case hearsDirectory:
		p.heard(w)
	case goesAfter:
		p.arrive(w)
	case comesBack:
		p.comeBack(w)
	}
}

func (p *pursuit) again(w *world, takes time.Duration) { w.after(takes, p) }

// heard is the directory's answer where the object lives.
func (p *pursuit) heard(w *world) {
	q, s := p.request, p.from
	switch {
	case s.node.dead:
		q.abandon(w)
		return
	case s.node.deaf(p):
		return
	case p.to != s.node.home:
		s.trail[q.identity.ID] = p.to
	case s.departing[q.identity.ID] == nil: // it came back, or never left
		delete(s.trail, q.identity.ID)
		s.put(actor.Stay{Object: q.identity.ID})
	}
	p.pursue(w)
}

// pursue sends the request there, if it may be sent.
func (p *pursuit) pursue(w *world) {
	q, s := p.request, p.from
	q.hops++
	switch {
	case q.visit != nil: // calls keep their order, so they are not sent on
		q.visit.moved = true
		q.visit.served(w, nil, nil, actor.ErrMoved)
	case q.member != nil || q.hops > maxHops: // a socket should not go two ways for as long as it lives
		q.movedTo = p.to
		q.answered(w, nil, actor.ErrMoved)
	default:
		if !p.remembered { // else it must first prove true
			q.movedTo = p.to
		}
		p.entry, p.before, q.pursuit = q.node, q.pursuit, p
		p.stage, p.ways = goesAfter, nil
		if p.to == s.node.home {
			p.arrive(w)
			return
		}
		p.ways = w.trunkOf(s.node.home.id, p.to.id, calling)
		w.after(p.ways.path.delay(out)+w.Profile.Forward.draw(s.random), p)
	}
}

// arrive gives the request to the object's new home.
func (p *pursuit) arrive(w *world) {
	q := p.request
	q.node = p.to.door()
	if !q.node.takesConnections() {
		q.answered(w, nil, errUnreachable)
		return
	}
	q.stage = landed
	q.land(w)
}

// comeBack is the answer at the old home. A node that has died meanwhile passes nothing on.
func (p *pursuit) comeBack(w *world) {
	q := p.request
	switch {
	case p.from.node.dead:
		q.reply, q.cause, q.movedTo = nil, errGone, nil
	case p.remembered && q.movedTo != p.to: // it has gone on, or its home is no more
		delete(p.from.trail, q.identity.ID)
	}
	q.goBack(w)
}

// cameLate says that an upgrade was refused because its object has moved. Its edge sends
// it on, and not the old home: a socket should not go two ways for as long as it lives.
func (q *request) cameLate() bool {
	return q.member != nil && !q.gone && q.movedTo != nil && q.hops <= maxHops && errors.Is(q.cause, actor.ErrMoved)
}

// resend sends an upgrade from its edge to where its object went.
func (q *request) resend(w *world) {
	to := q.edge.lines[q.movedTo.id]
	q.reply, q.cause, q.movedTo, q.node = nil, nil, nil, nil
	q.found(w, to)
}

// back takes an answer one stage of its way back to the edge, if there is one.
func (q *request) back(w *world) bool {
	p := q.pursuit
	if p == nil {
		return false
	}
	q.pursuit = p.before
	q.door = p.entry
	if p.ways == nil {
		return q.back(w)
	}
	p.stage = comesBack
	w.after(p.ways.path.delay(in), p)
	return true
}
