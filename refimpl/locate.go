package refimpl

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
	"github.com/durabench/durabench/regions"
)

// Ask is about an object that perhaps lives nowhere yet.
type Ask struct {
	Object object.Identity
	Homes  []regions.ID // where its jurisdiction allows it to live; not empty, not to be changed
}

// errRefused marks what a client asked wrongly: asking again would not help.
var errRefused = errors.New("request refused")

// wish is what a request's headers say, beside its address.
type wish struct {
	jurisdiction string
	hint         object.Hint
}

// locator finds the homes of objects. It remembers them: the directory is asked
// once for each, and all who want the same object meanwhile wait for one answer.
type locator struct {
	namespaces Namespaces
	directory  store.Directory
	homes      map[regions.ID]Home
	order      []regions.ID // of homes
	places     *regions.Map // nil: neither hints nor jurisdictions
	place      func(Ask) (regions.ID, error)

	names  *generations[nameKey, object.Identity]
	known  *generations[object.ID, Home]
	asking singleflight.Group
}

type nameKey struct{ class, name, jurisdiction string }

// cachedHomes bounds how many objects' homes an edge remembers.
const cachedHomes = 200_000

// directoryPatience bounds one question to the directory.
const directoryPatience = 10 * time.Second

func newLocator(c EdgeConfig) *locator {
	l := &locator{
		namespaces: c.Namespaces, directory: c.Directory, homes: c.Homes, places: c.Map, place: c.Place,
		names: newGenerations[nameKey, object.Identity](cachedHomes),
		known: newGenerations[object.ID, Home](cachedHomes),
	}
	for id := range c.Homes {
		l.order = append(l.order, id)
	}
	slices.Sort(l.order)
	return l
}

// wishOf reads a request's headers and takes them off: they are not the object's.
func (l *locator) wishOf(h http.Header) (w wish, err error) {
	jurisdiction, hint := h[JurisdictionHeader], h[HintHeader]
	if jurisdiction == nil && hint == nil {
		return w, nil
	}
	delete(h, JurisdictionHeader)
	delete(h, HintHeader)
	if l.places == nil {
		return w, fmt.Errorf("%w: there is no map here to find jurisdictions and hints on", errRefused)
	}
	if len(jurisdiction) > 0 {
		j, err := regions.ParseJurisdiction(jurisdiction[0])
		if err != nil {
			return w, fmt.Errorf("%w: %s: %w", errRefused, JurisdictionHeader, err)
		}
		w.jurisdiction = string(j)
	}
	if len(hint) > 0 {
		found, err := l.places.Hint(hint[0])
		if err != nil {
			return w, fmt.Errorf("%w: %s: %w", errRefused, HintHeader, err)
		}
		w.hint = object.Hint(found.Name)
	}
	return w, nil
}

// identify turns an address into an object. It is arithmetic: no object comes to be.
func (l *locator) identify(to Address, w wish) (object.Identity, error) {
	key := nameKey{to.Class, to.Name, w.jurisdiction}
	if !to.ByID {
		if identity, ok := l.names.get(key); ok {
			return identity, nil
		}
	}
	space, ok := l.namespaces[to.Class]
	if !ok {
		return object.Identity{}, fmt.Errorf("class %.80q: %w", to.Class, errNoRoute)
	}
	if w.jurisdiction != "" {
		var err error
		if space, err = space.Jurisdiction(w.jurisdiction); err != nil {
			return object.Identity{}, fmt.Errorf("%w: %w", errRefused, err)
		}
	}
	if to.ByID {
		id, err := space.ParseID(to.Name)
		return object.Identity{ID: id, Class: to.Class}, err
	}
	identity := space.Named(to.Name)
	l.names.put(key, identity)
	return identity, nil
}

// find gives an object's home. If it has none yet, this is when it is decided.
func (l *locator) find(ctx context.Context, of object.Identity, hint object.Hint) (Home, error) {
	if home, ok := l.known.get(of.ID); ok {
		return home, nil
	}
	return l.seek(ctx, of, hint)
}

// seek asks the directory, together with all who want to know the same.
func (l *locator) seek(ctx context.Context, of object.Identity, hint object.Hint) (Home, error) {
	answer := l.asking.DoChan(string(of.ID[:]), func() (any, error) {
		// Whoever asked first may hang up; the others still want to know.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), directoryPatience)
		defer cancel()
		_, home, err := l.ask(ctx, of, hint)
		return home, err
	})
	select {
	case a := <-answer:
		home, _ := a.Val.(Home)
		return home, a.Err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// ask asks the directory, which is where an object's home is decided: by the first
// who asks, until it moves.
func (l *locator) ask(ctx context.Context, of object.Identity, hint object.Hint) (at regions.ID, home Home, err error) {
	want, err := l.choose(of, hint)
	if err != nil {
		return "", nil, fmt.Errorf("place %s %.12s…: %w", of.Class, of.ID, err)
	}
	homes, err := l.directory.Place(ctx, []store.Placement{{Object: of.ID, Class: of.Class, Name: of.Name, Want: want}})
	if err != nil {
		return "", nil, fmt.Errorf("find %s %.12s…: %w", of.Class, of.ID, err)
	}
	home, ok := l.homes[homes[0]]
	if !ok {
		return "", nil, fmt.Errorf("find %s %.12s…: it lives in %s, which is not served here", of.Class, of.ID, homes[0])
	}
	l.known.put(of.ID, home)
	return homes[0], home, nil
}

// again asks where an object lives that was not where it was thought to be.
func (l *locator) again(ctx context.Context, of object.Identity) (at regions.ID, home Home, err error) {
	ctx, cancel := context.WithTimeout(ctx, directoryPatience)
	defer cancel()
	return l.ask(ctx, of, "")
}

// learn believes what a home said of an object's whereabouts.
func (l *locator) learn(id object.ID, at regions.ID) {
	if home, ok := l.homes[at]; ok {
		l.known.put(id, home)
	}
}

// choose says where an object should live: by law first, then as it was hinted,
// else as the strategy has it.
func (l *locator) choose(of object.Identity, hint object.Hint) (regions.ID, error) {
	allowed := l.order
	within, _ := l.namespaces[of.Class].JurisdictionOf(of.ID)
	if within != "" {
		allowed = l.places.Allowed(regions.Jurisdiction(within), l.order)
	}
	if len(allowed) == 0 {
		return "", fmt.Errorf("%w: no home is in the jurisdiction %s", errRefused, within)
	}
	if hint != "" && l.places != nil {
		found, err := l.places.Hint(string(hint))
		if err != nil {
			return "", fmt.Errorf("%w: %w", errRefused, err)
		}
		return l.places.Choose(found, allowed), nil
	}
	want, err := l.place(Ask{Object: of, Homes: allowed})
	if err == nil && !slices.Contains(allowed, want) {
		err = fmt.Errorf("the strategy chose %s, which is not among the homes allowed", want)
	}
	return want, err
}
