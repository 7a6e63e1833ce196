package actor

import (
	"container/heap"
	"time"

	"github.com/durabench/durabench/refimpl/object"
)

type timerKind uint8

const (
	idleTimer timerKind = iota
	alarmTimer
	scanTimer
	contestTimer
	sleepTimer
	sectionTimer
	wallTimer // of alarms
	gateTimer
)

// timer is something to look at when its time comes. Timers are never cancelled:
// what is no longer true when they fire is ignored.
type timer struct {
	at         time.Time
	seq        uint64 // breaks ties in the order set, so that runs repeat
	kind       timerKind
	object     object.ID
	activation Activation // of the object, but for alarms
	number     uint64     // of the turn, or of the section
}

// timers are all that is due some time, earliest first.
type timers struct {
	heap      timerHeap
	seq       uint64
	announced time.Time
}

func (t *timers) push(item timer) {
	t.seq++
	item.seq = t.seq
	heap.Push(&t.heap, item)
}

func (t *timers) popDue(now time.Time) (timer, bool) {
	if len(t.heap) == 0 || t.heap[0].at.After(now) {
		return timer{}, false
	}
	return heap.Pop(&t.heap).(timer), true
}

// announceWake tells the driver when to tick, if that changed.
func (c *Core) announceWake() {
	if len(c.timers.heap) == 0 {
		return
	}
	if next := c.timers.heap[0].at; !next.Equal(c.timers.announced) {
		c.timers.announced = next
		c.emit(Wake{At: next})
	}
}

type timerHeap []timer

func (h timerHeap) Len() int { return len(h) }

func (h timerHeap) Less(i, j int) bool {
	if h[i].at.Equal(h[j].at) {
		return h[i].seq < h[j].seq
	}
	return h[i].at.Before(h[j].at)
}

func (h timerHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }

func (h *timerHeap) Push(item any) { *h = append(*h, item.(timer)) }

func (h *timerHeap) Pop() any {
	last := len(*h) - 1
	item := (*h)[last]
	*h = (*h)[:last]
	return item
}
