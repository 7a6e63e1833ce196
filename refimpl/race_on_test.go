//go:build race

package refimpl_test

// raceEnabled says that memory is not what it would be.
const raceEnabled = true
