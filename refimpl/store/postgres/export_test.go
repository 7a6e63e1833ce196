package postgres

// PID is the server's process that serves the session.
func (s *Session) PID() uint32 { return s.link.pid }
