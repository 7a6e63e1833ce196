// Command land makes the ground of the reports' world maps from Natural Earth, whose data is in the public domain. Its
// argument is a TopoJSON file with an object "land", such as land-110m.json of the npm package world-atlas:
//
//	npm pack world-atlas@2.0.2 && tar xzf world-atlas-2.0.2.tgz
//	go run ./scripts/land package/land-110m.json > reports/globe/land.txt
//
// The outlines are simplified to what shows on a map as wide as a page; that makes a table of a few kilobytes, which is
// kept, from a file that is not.
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "land:", err)
		os.Exit(2)
	}
}

// run is main with its world as arguments.
func run(args []string, out io.Writer) error {
	rule := usual()
	flags := flag.NewFlagSet("land", flag.ContinueOnError)
	flags.Float64Var(&rule.tolerance, "tolerance", rule.tolerance, "how far an outline may stray, in degrees of arc")
	flags.Float64Var(&rule.island, "island", rule.island, "the least island that stays, in square degrees at the equator")
	flags.Float64Var(&rule.south, "south", rule.south, "land wholly south of this latitude is left out")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() != 1 {
		return errors.New("want one argument, a TopoJSON file with the object land")
	}
	file, err := os.Open(flags.Arg(0))
	if err != nil {
		return err
	}
	defer file.Close()
	rings, err := decode(bufio.NewReader(file))
	if err != nil {
		return fmt.Errorf("read %s: %w", flags.Arg(0), err)
	}
	return write(out, rule.apply(rings), rule)
}
