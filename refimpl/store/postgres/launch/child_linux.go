package launch

import "syscall"

// childAttributes makes a server that a Ctrl-C at our terminal does not reach,
// that shuts down fast when we are killed, and that is not root.
func childAttributes(user *account) *syscall.SysProcAttr {
	attributes := &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGINT}
	if user != nil {
		attributes.Credential = user.credential()
	}
	return attributes
}
