package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// point is a place in degrees.
type point struct{ lon, lat float64 }

// ring is the closed edge of some land, or of water within it; its last point is not its first again.
type ring struct {
	points []point
	water  bool
}

// topology is as much of TopoJSON as land needs: polygons made of arcs, which neighbours share.
type topology struct {
	Type      string
	Transform *struct{ Scale, Translate [2]float64 }
	Objects   struct{ Land *geometry }
	Arcs      [][][2]float64
}

type geometry struct {
	Type       string
	Geometries []geometry
	Arcs       json.RawMessage // as deep as its type says
}

// decode reads the rings of a file's land.
func decode(r io.Reader) ([]ring, error) {
	var t topology
	if err := json.NewDecoder(r).Decode(&t); err != nil {
		return nil, fmt.Errorf("decode TopoJSON: %w", err)
	}
	switch {
	case t.Type != "Topology":
		return nil, fmt.Errorf("type %q: want a Topology", t.Type)
	case t.Transform == nil:
		return nil, errors.New("no transform: want a topology of whole numbers")
	case t.Objects.Land == nil:
		return nil, errors.New("no object called land")
	}
	return t.rings(*t.Objects.Land)
}

func (t *topology) rings(g geometry) ([]ring, error) {
	var polygons [][][]int
	switch g.Type {
	case "GeometryCollection":
		var all []ring
		for _, part := range g.Geometries {
			rings, err := t.rings(part)
			if err != nil {
				return nil, err
			}
			all = append(all, rings...)
		}
		return all, nil
	case "MultiPolygon":
		if err := json.Unmarshal(g.Arcs, &polygons); err != nil {
			return nil, fmt.Errorf("decode the arcs of a MultiPolygon: %w", err)
		}
	case "Polygon":
		polygons = make([][][]int, 1)
		if err := json.Unmarshal(g.Arcs, &polygons[0]); err != nil {
			return nil, fmt.Errorf("decode the arcs of a Polygon: %w", err)
		}
	default:
		return nil, fmt.Errorf("geometry %q: want polygons", g.Type)
	}
	var all []ring
	for _, polygon := range polygons {
		for i, arcs := range polygon { // the first is the land's edge, the others are holes
			points, err := t.join(arcs)
			if err != nil {
				return nil, err
			}
			for _, side := range cut(points) {
				all = append(all, ring{side, i > 0})
			}
		}
	}
	return all, nil
}

// join puts a ring together: each arc begins where the one before it ends, and ~i is arc i backwards.
func (t *topology) join(arcs []int) ([]point, error) {
	var all []point
	for _, at := range arcs {
		index, backwards := at, at < 0
		if backwards {
			index = ^at
		}
		if index >= len(t.Arcs) {
			return nil, fmt.Errorf("arc %d of %d", at, len(t.Arcs))
		}
		piece := t.absolute(t.Arcs[index], backwards)
		if len(all) > 0 && len(piece) > 0 {
			piece = piece[1:]
		}
		all = append(all, piece...)
	}
	if len(all) < 4 || all[0] != all[len(all)-1] {
		return nil, fmt.Errorf("arcs %v: want a closed ring", arcs)
	}
	return all[:len(all)-1], nil
}

// absolute undoes the steps from point to point that an arc is kept as.
func (t *topology) absolute(steps [][2]float64, backwards bool) []point {
	all := make([]point, len(steps))
	x, y := 0.0, 0.0
	for i, step := range steps {
		x, y = x+step[0], y+step[1]
		at := i
		if backwards {
			at = len(steps) - 1 - i
		}
		all[at] = point{x*t.Transform.Scale[0] + t.Transform.Translate[0], y*t.Transform.Scale[1] + t.Transform.Translate[1]}
	}
	return all
}
