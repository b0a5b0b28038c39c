"""The browsable pages of the REST interface, under a policy that refuses what stands inside a page."""

from typing import Any

from rest_framework.renderers import BrowsableAPIRenderer


class BrowsableRenderer(BrowsableAPIRenderer):
    """Finds its styles in a file."""

    def render(self, data: Any, accepted_media_type: Any = None, renderer_context: Any = None) -> str:
        """Let the file's rules find what would have been styled in place; values in the page are escaped already."""
        return super().render(data, accepted_media_type, renderer_context).replace(' style="', ' data-style="')

    def get_context(self, data: Any, accepted_media_type: Any, renderer_context: Any) -> dict[str, Any]:
        """Leave out the styles of highlighted code, which no page of ours has."""
        return {**super().get_context(data, accepted_media_type, renderer_context), "code_style": None}
