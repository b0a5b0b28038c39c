"""All addresses."""
urlpatterns = []
