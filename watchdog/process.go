// SPDX-License-Identifier: Apache-2.0

package watchdog

// Process is a running child, as the supervisor needs it.
type Process interface {
	PID() int
	// Send sends a control message. It does not wait for a child that does not read.
	Send(Message) error
	// Receive waits for the child's next message; an error says that none will come.
	Receive() (Message, error)
	// Wait waits for the end, reaps the child and releases what belongs to it.
	Wait() Exit
	// Kill ends it at once.
	Kill() error
}

// Starter starts a child with a configuration snapshot.
type Starter interface {
	Start(r Role, snapshot []byte) (Process, error)
}
