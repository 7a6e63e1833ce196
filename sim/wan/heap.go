package wan

// timed is a task and its instant.
type timed struct {
	due  instant
	task task
}

// taskHeap is a binary min-heap by due instant. It is written out because
// container/heap would box every entry, and entries come by the ten thousand
// per second. Equal instants run in no particular order: order within a
// connection is the lane's affair, and a lane is in the heap at most once.
type taskHeap []timed

func (h *taskHeap) push(t timed) {
	*h = append(*h, t)
	a := *h
	i := len(a) - 1
	for i > 0 {
		parent := (i - 1) / 2
		if a[parent].due <= a[i].due {
			return
		}
		a[parent], a[i] = a[i], a[parent]
		i = parent
	}
}

func (h *taskHeap) pop() timed {
	a := *h
	first, last := a[0], len(a)-1
	a[0], a[last] = a[last], timed{}
	a = a[:last]
	*h = a
	for i := 0; ; {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < last; child++ {
			if a[child].due < a[least].due {
				least = child
			}
		}
		if least == i {
			return first
		}
		a[i], a[least] = a[least], a[i]
		i = least
	}
}
