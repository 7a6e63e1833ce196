//go:build unix && !linux

package launch

import "syscall"

// childAttributes makes a server that a Ctrl-C at our terminal does not reach
// and that is not root. If we are killed it lives on: only Linux tells it.
func childAttributes(user *account) *syscall.SysProcAttr {
	attributes := &syscall.SysProcAttr{Setpgid: true}
	if user != nil {
		attributes.Credential = user.credential()
	}
	return attributes
}
