package place

import (
	"time"

	"github.com/durabench/durabench/regions/placement"
)

// runner lets a strategy live through one object after the other.
type runner interface {
	// begin is a new object, born at the instant of the profile's first access.
	begin(p *profile)
	// serve is some of its accesses.
	serve(accesses []Access)
	// end is after the last one, with the profile summed up.
	end(p *profile, sampled bool)

	result() *tally
}

// stay runs a rule that never moves.
type stay struct {
	*ground
	*tally
	rule    placement.Rule
	allowed placement.Set
	home    placement.Home
}

func (r *stay) result() *tally { return r.tally }

func (r *stay) begin(p *profile) {
	r.home = r.rule.Put(placement.Birth{Key: p.Key, Edge: p.Born, Homes: r.all, At: p.first})
}

func (r *stay) serve([]Access) {}

func (r *stay) end(p *profile, sampled bool) {
	if int(r.home) >= len(r.table.Homes) {
		r.refused.Objects++
		return
	}
	if !r.allowed.Has(r.home) {
		r.refused.Violations += p.n
	}
	r.lived(r.ground, p, r.home, sampled)
	r.rest(p, r.ground, r.home, 0, r.allowed)
}

// split runs a rule that makes an object for each region. Whoever asks is served nearby, and if the last access was
// elsewhere, what it may have changed has to be asked for there.
type split struct {
	*ground
	*tally
	rule    placement.SplitRule
	allowed placement.Set
	homes   []placement.Home // by edge
	last    placement.Home
	mine    int64 // us, of the object at hand
}

func (r *split) result() *tally { return r.tally }

func (r *split) begin(*profile) { r.last, r.mine = placement.None, 0 }

func (r *split) serve(accesses []Access) {
	for i := range accesses {
		a := &accesses[i]
		home := r.homes[a.Edge]
		if int(home) >= len(r.served) {
			continue
		}
		r.served[home][a.Edge]++
		us := int64(r.toEdge[home][a.Edge])
		if r.cell[a.Edge] != home {
			r.cross += uint64(a.Bytes)
		}
		if r.last != home && r.last != placement.None {
			us += r.between[home][r.last]
			r.cross += uint64(a.Bytes)
			r.second++
			r.late.served[home][a.Edge]++
			r.late.took[r.area[a.Edge]][bucketOf(us)]++
		}
		if !r.allowed.Has(home) {
			r.refused.Violations++
		}
		r.last = home
		r.mine += us
	}
}

func (r *split) end(p *profile, sampled bool) {
	if r.last == placement.None {
		r.refused.Objects++
		return
	}
	r.trips += r.mine
	r.ended(p, r.mine, sampled)
}

// moving runs a rule that moves. Accesses that come while the object is away wait for it and are served together when it
// is there; only then does it go on to where the rule wanted it last, so that a restless rule cannot make it fall ever
// further behind.
type moving struct {
	*ground
	*tally
	rule    placement.MovingRule
	allowed placement.Set
	window  time.Duration
	now     lived
}

// lived is the object at hand.
type lived struct {
	state     placement.State
	key       uint64
	bytes     int64
	copying   int64 // us, in each of its moves
	home, was placement.Home
	next      placement.Home // where it goes once those are served who waited for it; None: nowhere
	left      time.Duration  // when it left was
	ready     time.Duration  // when it is in home
	trips     int64
	moves     int64
	cost      int64 // of the moves: round trips and copies
	waited    int64 // by its users, for moves
}

func (r *moving) result() *tally { return r.tally }

func (r *moving) begin(p *profile) {
	home := r.rule.Put(placement.Birth{Key: p.Key, Edge: p.Born, Homes: r.all, At: p.first})
	r.now = lived{key: p.Key, bytes: p.Bytes, copying: r.copying(p.Bytes), home: home, was: placement.None, next: placement.None}
}

func (r *moving) serve(accesses []Access) {
	now := &r.now
	if int(now.home) >= len(r.served) {
		return
	}
	served, toEdge := r.served[now.home], r.toEdge[now.home]
	outside := !r.allowed.Has(now.home)
	access := placement.Access{Key: now.key, Homes: r.all}
	for i := range accesses {
		a := &accesses[i]
		if now.next != placement.None && a.At >= now.ready {
			r.move(now.next, now.ready)
			served, toEdge, outside = r.served[now.home], r.toEdge[now.home], !r.allowed.Has(now.home)
		}
		served[a.Edge]++
		now.trips += int64(toEdge[a.Edge])
		if r.cell[a.Edge] != now.home {
			r.cross += uint64(a.Bytes)
		}
		if a.At < now.ready {
			r.wait(a)
		}
		if outside {
			r.refused.Violations++
		}
		access.At, access.Edge, access.Home = a.At, a.Edge, now.home
		to := r.rule.Observe(&now.state, access)
		switch {
		case to == now.home:
		case a.At < now.ready:
			now.next = to
		default:
			r.move(to, a.At)
			served, toEdge, outside = r.served[to], r.toEdge[to], !r.allowed.Has(to)
		}
	}
}

// wait is an access that comes while the object is on its way.
func (r *moving) wait(a *Access) {
	us := (r.now.ready - a.At).Microseconds()
	r.late.waited++
	r.now.waited += us
	r.late.served[r.now.home][a.Edge]++
	r.late.took[r.area[a.Edge]][bucketOf(us+int64(r.toEdge[r.now.home][a.Edge]))]++
}

func (r *moving) move(to placement.Home, at time.Duration) {
	now := &r.now
	us := r.ground.move[now.home][to] + now.copying
	if to == now.was && at-now.left <= r.window {
		r.moves.back++
	}
	now.was, now.left, now.home, now.next = now.home, at, to, placement.None
	now.ready = max(at, now.ready) + time.Duration(us)*time.Microsecond
	now.moves++
	now.cost += us
	r.moves.copied += uint64(now.bytes)
}

func (r *moving) end(p *profile, sampled bool) {
	now := &r.now
	if int(now.home) >= len(r.served) {
		r.refused.Objects++
		return
	}
	if now.next != placement.None {
		r.move(now.next, now.ready)
	}
	cost := max(now.cost, now.waited)
	r.late.wait += now.waited
	r.moves.n += now.moves
	r.moves.cost += cost
	settled := time.Duration(0)
	if now.moves > 0 {
		r.moves.objects++
		settled = now.left - max(p.Shift, p.first)
	}
	r.trips += now.trips
	r.ended(p, now.trips+cost, sampled)
	r.rest(p, r.ground, now.home, settled, r.allowed)
}
