"""The media engine: one UDP port, rooms that forward without decoding, recordings without transcoding, stills from keyframes."""
