package refimpl

import "sync"

// generations is a bounded memory, in two generations: when the young one is
// full it becomes the old one, and what was not used since is forgotten.
type generations[K comparable, V any] struct {
	half int

	mu    sync.RWMutex
	young map[K]V
	old   map[K]V
}

func newGenerations[K comparable, V any](bound int) *generations[K, V] {
	return &generations[K, V]{half: bound / 2, young: make(map[K]V)}
}

func (c *generations[K, V]) get(key K) (V, bool) {
	c.mu.RLock()
	v, ok := c.young[key]
	aged := false
	if !ok {
		_, aged = c.old[key]
	}
	c.mu.RUnlock()
	if !aged {
		return v, ok
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if v, ok = c.young[key]; ok { // it is news, meanwhile
		return v, ok
	}
	if v, ok = c.old[key]; ok { // and was not dropped meanwhile
		c.keep(key, v)
	}
	return v, ok
}

func (c *generations[K, V]) drop(key K) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.young, key)
	delete(c.old, key)
}

func (c *generations[K, V]) put(key K, v V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.keep(key, v)
}

// keep puts it among the young. c.mu is held.
func (c *generations[K, V]) keep(key K, v V) {
	if len(c.young) >= c.half {
		c.old, c.young = c.young, make(map[K]V)
	}
	c.young[key] = v
}
