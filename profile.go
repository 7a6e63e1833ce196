package main

import (
	"fmt"
	"os"

	"github.com/durabench/durabench/sim/virtual"
)

// profileFlags say how long things take in virtual time.
type profileFlags struct {
	Profile string `help:"File of service times for virtual runs, as \"durabench report --format profile\" makes it. Default: the one that comes with durabench." placeholder:"FILE" group:"world"`
}

func (f profileFlags) read() (*virtual.Profile, error) {
	if f.Profile == "" {
		return virtual.Shipped()
	}
	data, err := os.ReadFile(f.Profile)
	if err != nil {
		return nil, flagError("profile", err)
	}
	p, err := virtual.ParseProfile(data)
	if err != nil {
		return nil, fmt.Errorf("--profile %s: %w", f.Profile, err)
	}
	return p, nil
}
