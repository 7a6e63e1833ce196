package refimpl

import "sync"

type directoryKey struct{ class, name string }

// directoryCache remembers where objects live, in two generations: when the
// young one is full it becomes the old one, and what was not used since is
// forgotten. A home never changes, so nothing in it is ever wrong.
type directoryCache struct {
	half int

	mu    sync.RWMutex
	young map[directoryKey]located
	old   map[directoryKey]located
}

func newDirectoryCache(bound int) *directoryCache {
	return &directoryCache{half: bound / 2, young: make(map[directoryKey]located)}
}

func (c *directoryCache) get(key directoryKey) (located, bool) {
	c.mu.RLock()
	l, ok := c.young[key]
	if ok {
		c.mu.RUnlock()
		return l, true
	}
	l, ok = c.old[key]
	c.mu.RUnlock()
	if ok {
		c.put(key, l)
	}
	return l, ok
}

func (c *directoryCache) put(key directoryKey, l located) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.young) >= c.half {
		c.old, c.young = c.young, make(map[directoryKey]located)
	}
	c.young[key] = l
}
