// SPDX-License-Identifier: Apache-2.0

package watchdog

import (
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// newMemfd makes an anonymous file that is not inherited unless asked for.
func newMemfd(name string) (*os.File, error) {
	fd, err := unix.MemfdCreate(name, unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		return nil, fmt.Errorf("create memfd %s: %w", name, err)
	}
	return os.NewFile(uintptr(fd), name), nil
}

// sealedMemfd makes an anonymous file that nobody can change any more.
func sealedMemfd(name string, b []byte) (*os.File, error) {
	f, err := newMemfd(name)
	if err != nil {
		return nil, err
	}
	if err := fillAndSeal(f, b); err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

func fillAndSeal(f *os.File, b []byte) error {
	if _, err := f.Write(b); err != nil {
		return fmt.Errorf("fill memfd %s: %w", f.Name(), err)
	}
	const seals = unix.F_SEAL_SEAL | unix.F_SEAL_SHRINK | unix.F_SEAL_GROW | unix.F_SEAL_WRITE
	if _, err := unix.FcntlInt(f.Fd(), unix.F_ADD_SEALS, seals); err != nil {
		return fmt.Errorf("seal memfd %s: %w", f.Name(), err)
	}
	return nil
}

// readMemfd reads all of f whatever its file offset is: the offset is shared between all
// processes that inherited the descriptor.
func readMemfd(f *os.File) ([]byte, error) {
	st, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("stat %s: %w", f.Name(), err)
	}
	b := make([]byte, st.Size())
	if _, err := io.ReadFull(io.NewSectionReader(f, 0, st.Size()), b); err != nil {
		return nil, fmt.Errorf("read %s: %w", f.Name(), err)
	}
	return b, nil
}
