package protocol

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
)

// ExportLine is one line of an export (spec/leaving.md#export).
type ExportLine struct {
	// Section is manifest, the name of a section, or checksums.
	Section string          `json:"section"`
	Data    json.RawMessage `json:"data"`
}

// ExportCheck checks an export line by line as it comes: Add each line without its end, then call End.
type ExportCheck struct {
	sums      map[string]*exportSum
	isChecked bool
}

type exportSum struct {
	count int64
	hash  hash.Hash
}

// Add takes the next line. It fails for what is no line of an export, and where checksums are not those of what came.
func (c *ExportCheck) Add(line []byte) (ExportLine, error) {
	var parsed ExportLine
	if err := json.Unmarshal(line, &parsed); err != nil || parsed.Section == "" || len(parsed.Data) == 0 {
		return parsed, errors.New("a line of the export is not whole")
	}
	isManifest := parsed.Section == "manifest"
	if isManifest != (c.sums == nil) || c.isChecked {
		return parsed, errors.New("an export begins with its manifest and ends with its checksums")
	}
	switch {
	case isManifest:
		return parsed, c.begin(parsed.Data)
	case parsed.Section == "checksums":
		return parsed, c.compare(parsed.Data)
	}
	sum, ok := c.sums[parsed.Section]
	if !ok {
		return parsed, errors.New("a section is not in the manifest")
	}
	sum.count++
	sum.hash.Write(line)
	sum.hash.Write([]byte{'\n'})
	return parsed, nil
}

// End says that no more lines come, and fails if the export broke off.
func (c *ExportCheck) End() error {
	if !c.isChecked {
		return errors.New("the export broke off: its checksums are missing")
	}
	return nil
}

func (c *ExportCheck) begin(data []byte) error {
	var manifest struct {
		Format   string   `json:"format"`
		Sections []string `json:"sections"`
	}
	if json.Unmarshal(data, &manifest) != nil || manifest.Format != "aicq-export/1" || manifest.Sections == nil {
		return errors.New("this is not an export of the form aicq-export/1")
	}
	c.sums = map[string]*exportSum{}
	for _, name := range manifest.Sections {
		c.sums[name] = &exportSum{hash: sha256.New()}
	}
	return nil
}

func (c *ExportCheck) compare(data []byte) error {
	var given map[string]struct {
		Count  int64  `json:"count"`
		SHA256 string `json:"sha256"`
	}
	if err := json.Unmarshal(data, &given); err != nil {
		return err
	}
	for section, sum := range c.sums {
		said, ok := given[section]
		if !ok || said.Count != sum.count || said.SHA256 != hex.EncodeToString(sum.hash.Sum(nil)) {
			return fmt.Errorf("section %s is not what its checksum says", section)
		}
	}
	c.isChecked = true
	return nil
}
