package virtual

import "time"

// lane is one way of a member's connection: what enters it first leaves it first.
type lane struct {
	member *member
	path   *path // once there is a connection
	to     way
	due    time.Duration // of the last item
	// floor is before what nothing may leave: what a healed cut had held back
	// comes then, and is not overtaken.
	floor time.Duration
	items []item
	head  int
}

// item is what a lane carries: a frame, or a request (of a message; of the upgrade,
// its answer). An item without either is the end of the connection.
type item struct {
	data    []byte
	request *request
}

// put sends an item; extra is what the ends of the way add.
func (l *lane) put(w *world, i item, extra time.Duration) {
	l.due = max(l.due, w.now+l.path.delay(l.to)+extra)
	l.items = append(l.items, i)
	w.queue.push(l.due, l)
}

// fire lets the first item out.
func (l *lane) fire(w *world) {
	if w.now < l.floor {
		w.queue.push(l.floor, l)
		return
	}
	if l.path.stops(l.to, l) {
		return
	}
	i := l.items[l.head]
	l.items[l.head] = item{} // let go of the data
	if l.head++; l.head == len(l.items) {
		l.items, l.head = l.items[:0], 0
	} else if l.head >= 256 && 2*l.head >= len(l.items) {
		n := copy(l.items, l.items[l.head:])
		clear(l.items[n:])
		l.items, l.head = l.items[:n], 0
	}
	if l.to == out {
		l.member.heard(w, i)
	} else {
		l.member.hears(w, i)
	}
}

func (l *lane) again(w *world, takes time.Duration) {
	l.floor = max(l.floor, w.now+takes)
	l.due = max(l.due, l.floor)
	w.queue.push(l.floor, l)
}
